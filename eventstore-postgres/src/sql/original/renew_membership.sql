-- A single holder that took the lease has raised the epoch of the subscription, which ends the memberships.
-- The other library takes the lease by its lock alone: a member that finds it taken has lost its membership, also when it is free again.
WITH lock AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock_shared(
        tableoid::int4,
        CASE WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647 ELSE subscription_id END::int4
    ) AS is_free
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
),
ended AS (
    DELETE FROM {schema}.eventstore_group_members
    WHERE group_id = $1 AND member = $2 AND EXISTS (SELECT FROM lock WHERE NOT is_free)
),
renewed AS (
    UPDATE {schema}.eventstore_group_members AS member
    SET lasts_until = clock_timestamp() + $3::interval
    FROM {schema}.eventstore_groups AS shared
    JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
    WHERE member.group_id = $1 AND member.member = $2 AND member.lasts_until > clock_timestamp()
        AND shared.subscription_id = $1 AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
        AND EXISTS (SELECT FROM lock WHERE is_free)
    RETURNING member.group_id
)
SELECT member.member, held.partitions
FROM renewed
JOIN {schema}.eventstore_group_members AS member USING (group_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS partitions
    FROM {schema}.eventstore_group_partitions AS partition
    WHERE partition.group_id = member.group_id AND partition.member = member.member
) AS held
-- What is read of this member is as it was before.
WHERE member.member = $2 OR member.lasts_until > clock_timestamp()
ORDER BY member.member
