-- As with additions, but for the epoch, which no row keeps: it only tells the leases of this process apart.
WITH found AS MATERIALIZED (
    SELECT subscription_id, coalesce(last_seen, 0) AS checkpoint, tableoid::int4 AS table_id
    FROM {schema}.subscriptions
    WHERE stream_uuid = $1 AND subscription_name = $2 AND subscription_id <> ALL ($3::bigint[])
    FOR NO KEY UPDATE SKIP LOCKED
),
locked AS MATERIALIZED (
    SELECT subscription_id, checkpoint
    FROM found
    WHERE pg_try_advisory_lock(
        table_id,
        CASE WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647 ELSE subscription_id END::int4
    )
)
SELECT
    EXISTS (
        SELECT FROM {schema}.subscriptions WHERE stream_uuid = $1 AND subscription_name = $2
    ) AS is_there,
    locked.subscription_id,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS lease_epoch,
    locked.checkpoint,
    NULL::bigint AS stream_id
FROM (VALUES (1)) AS one
LEFT JOIN locked ON true
