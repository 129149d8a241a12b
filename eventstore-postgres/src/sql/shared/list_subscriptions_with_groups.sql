-- As without groups, but for what members of groups hold: a group is held by any of them and is where its slowest partition is.
WITH held AS MATERIALIZED (
    SELECT classid, objid
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
shared AS MATERIALIZED (
    SELECT own.subscription_id AS group_id, coalesce(own.last_seen, 0) AS base,
        shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch AS may_last
    FROM {schema}.eventstore_groups AS shared
    JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
),
lasting AS MATERIALIZED (
    SELECT member.group_id, member.member
    FROM shared
    JOIN {schema}.eventstore_group_members AS member USING (group_id)
    WHERE shared.may_last AND member.lasts_until > clock_timestamp()
)
SELECT subscription.subscription_id, stream_uuid, subscription_name, subscription.created_at,
    -- A stream that was re-created is not the one that the checkpoint is about.
    CASE
        WHEN bound.stream_id <> stream.stream_id THEN 0
        ELSE greatest(coalesce(last_seen, 0), of_group.base, slowest.checkpoint)
    END AS checkpoint,
    CASE WHEN stream.deleted_at IS NULL THEN stream.stream_version END AS head,
    EXISTS (
        SELECT
        FROM held
        WHERE held.classid = subscription.tableoid
            AND held.objid::bigint = CASE
                WHEN subscription.subscription_id > 2147483647 THEN subscription.subscription_id % 2147483647
                ELSE subscription.subscription_id
            END
    )
    OR EXISTS (SELECT FROM lasting WHERE lasting.group_id = subscription.subscription_id)
    OR EXISTS (
        SELECT FROM lasting WHERE lasting.group_id = partition.group_id AND lasting.member = partition.member
    ) AS is_held
FROM {schema}.subscriptions AS subscription
LEFT JOIN {schema}.streams AS stream USING (stream_uuid)
LEFT JOIN {schema}.eventstore_subscription_streams AS bound
    ON bound.subscription_id = subscription.subscription_id AND bound.created_at = subscription.created_at
LEFT JOIN {schema}.eventstore_group_partitions AS partition ON partition.subscription_id = subscription.subscription_id
LEFT JOIN shared AS of_group ON of_group.group_id = partition.group_id
LEFT JOIN LATERAL (
    SELECT min(coalesce(one.last_seen, 0)) AS checkpoint
    FROM shared AS own
    JOIN {schema}.eventstore_group_partitions AS part USING (group_id)
    JOIN {schema}.subscriptions AS one ON one.subscription_id = part.subscription_id
    WHERE own.group_id = subscription.subscription_id
) AS slowest ON true
WHERE $1::text IS NULL OR (stream_uuid = $1 AND subscription_name = $2)
ORDER BY stream_uuid COLLATE "C", subscription_name COLLATE "C"
