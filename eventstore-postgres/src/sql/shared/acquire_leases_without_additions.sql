-- As with additions, but for the epoch, which no row keeps: it only tells the leases of this process apart.
WITH asked AS MATERIALIZED (
    SELECT place, stream_uuid, subscription_name, start_after
    FROM unnest($1::text[], $2::text[], $3::bigint[])
        WITH ORDINALITY AS asked (stream_uuid, subscription_name, start_after, place)
),
there AS MATERIALIZED (
    SELECT asked.place, subscription.subscription_id
    FROM asked
    JOIN {schema}.subscriptions AS subscription USING (stream_uuid, subscription_name)
),
found AS MATERIALIZED (
    SELECT there.place, subscription.subscription_id, coalesce(subscription.last_seen, 0) AS checkpoint,
        subscription.tableoid::int4 AS table_id
    FROM there
    JOIN {schema}.subscriptions AS subscription USING (subscription_id)
    WHERE subscription.subscription_id <> ALL ($4::bigint[])
    FOR NO KEY UPDATE OF subscription SKIP LOCKED
),
created AS (
    INSERT INTO {schema}.subscriptions (stream_uuid, subscription_name, last_seen)
    SELECT stream_uuid, subscription_name, start_after
    FROM asked
    WHERE place NOT IN (SELECT place FROM there)
    ORDER BY stream_uuid, subscription_name
    ON CONFLICT (stream_uuid, subscription_name) DO NOTHING
    RETURNING subscription_id, stream_uuid, subscription_name, tableoid::int4 AS table_id
),
candidates AS MATERIALIZED (
    SELECT place, subscription_id, checkpoint, table_id
    FROM found
    UNION ALL
    SELECT asked.place, created.subscription_id, asked.start_after, created.table_id
    FROM created
    JOIN asked USING (stream_uuid, subscription_name)
    WHERE created.subscription_id <> ALL ($4::bigint[])
),
given AS MATERIALIZED (
    SELECT place, subscription_id, checkpoint
    FROM candidates
    WHERE pg_try_advisory_lock(
        table_id,
        CASE WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647 ELSE subscription_id END::int4
    )
)
SELECT
    place IN (SELECT place FROM there) OR (stream_uuid, subscription_name) IN (
        SELECT stream_uuid, subscription_name FROM created
    ) AS is_there,
    given.subscription_id,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS lease_epoch,
    given.checkpoint,
    NULL::bigint AS stream_id
FROM asked
LEFT JOIN given USING (place)
ORDER BY place
