WITH held AS MATERIALIZED (
    SELECT classid, objid
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT subscription.subscription_id, stream_uuid, subscription_name, subscription.created_at,
    -- A stream that was re-created is not the one that the checkpoint is about.
    CASE WHEN bound.stream_id <> stream.stream_id THEN 0 ELSE coalesce(last_seen, 0) END AS checkpoint,
    CASE WHEN stream.deleted_at IS NULL THEN stream.stream_version END AS head,
    EXISTS (
        SELECT
        FROM held
        WHERE held.classid = subscription.tableoid
            AND held.objid::bigint = CASE
                WHEN subscription.subscription_id > 2147483647 THEN subscription.subscription_id % 2147483647
                ELSE subscription.subscription_id
            END
    ) AS is_held
FROM {schema}.subscriptions AS subscription
LEFT JOIN {schema}.streams AS stream USING (stream_uuid)
LEFT JOIN {schema}.eventstore_subscription_streams AS bound
    ON bound.subscription_id = subscription.subscription_id AND bound.created_at = subscription.created_at
WHERE $1::text IS NULL OR (stream_uuid = $1 AND subscription_name = $2)
ORDER BY stream_uuid COLLATE "C", subscription_name COLLATE "C"
