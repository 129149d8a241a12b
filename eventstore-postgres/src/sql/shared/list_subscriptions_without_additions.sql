WITH held AS MATERIALIZED (
    SELECT classid, objid
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT subscription_id, stream_uuid, subscription_name, coalesce(last_seen, 0) AS checkpoint, subscription.created_at,
    CASE WHEN stream.deleted_at IS NULL THEN stream.stream_version END AS head,
    EXISTS (
        SELECT
        FROM held
        WHERE held.classid = subscription.tableoid
            AND held.objid::bigint = CASE
                WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647
                ELSE subscription_id
            END
    ) AS is_held
FROM {schema}.subscriptions AS subscription
LEFT JOIN {schema}.streams AS stream USING (stream_uuid)
WHERE $1::text IS NULL OR (stream_uuid = $1 AND subscription_name = $2)
ORDER BY stream_uuid COLLATE "C", subscription_name COLLATE "C"
