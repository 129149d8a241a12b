-- Nothing is waited for. A membership has ended if its row is gone, or if this statement, which removes the row, has locked it: one that is
-- being renewed lasts. A partition that others have taken since this statement began has another member than it found, and is left out.
-- The row of the caller is locked, so that no one ends the membership while it takes partitions.
WITH caller AS MATERIALIZED (
    SELECT member.group_id, coalesce(own.last_seen, 0) AS base
    FROM {schema}.eventstore_group_members AS member
    JOIN {schema}.eventstore_groups AS shared ON shared.subscription_id = member.group_id
    JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
    WHERE member.group_id = $1 AND member.member = $2 AND member.lasts_until > clock_timestamp()
        AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
    FOR KEY SHARE OF member SKIP LOCKED
),
ended AS MATERIALIZED (
    SELECT member.member
    FROM caller
    JOIN {schema}.eventstore_group_members AS member USING (group_id)
    WHERE member.lasts_until <= clock_timestamp()
    FOR UPDATE OF member SKIP LOCKED
),
removed AS (
    DELETE FROM {schema}.eventstore_group_members AS member
    USING ended
    WHERE member.group_id = $1 AND member.member = ended.member
),
lasting AS MATERIALIZED (
    SELECT member FROM {schema}.eventstore_group_members WHERE group_id = $1 EXCEPT SELECT member FROM ended
),
free AS MATERIALIZED (
    SELECT partition.subscription_id, partition.member
    FROM caller
    JOIN {schema}.eventstore_group_partitions AS partition USING (group_id)
    WHERE partition.member IS NULL OR partition.member NOT IN (SELECT member FROM lasting)
),
taken AS MATERIALIZED (
    SELECT partition.subscription_id, partition.partition
    FROM free
    JOIN {schema}.eventstore_group_partitions AS partition USING (subscription_id)
    JOIN {schema}.subscriptions AS subscription USING (subscription_id)
    WHERE partition.group_id = $1 AND partition.member IS NOT DISTINCT FROM free.member
    ORDER BY partition.partition
    LIMIT $3
    FOR NO KEY UPDATE OF partition, subscription SKIP LOCKED
),
given AS (
    UPDATE {schema}.eventstore_group_partitions AS partition
    SET member = $2
    FROM taken
    WHERE partition.subscription_id = taken.subscription_id
),
-- A single holder that ran the subscription meanwhile may have gone further. The epoch is as with other leases (ADR 40).
renewed AS (
    UPDATE {schema}.subscriptions AS subscription
    SET lease_epoch = greatest(
            coalesce(subscription.lease_epoch, 0) + 1,
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
        ),
        last_seen = greatest(coalesce(subscription.last_seen, 0), caller.base)
    FROM taken
    CROSS JOIN caller
    WHERE subscription.subscription_id = taken.subscription_id
    RETURNING taken.partition, subscription.subscription_id, subscription.lease_epoch, subscription.last_seen AS checkpoint
)
SELECT partition, subscription_id, lease_epoch, checkpoint
FROM renewed
ORDER BY partition
