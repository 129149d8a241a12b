-- The row is locked first, and not waited for: whoever has an open step of the subscription still holds it. From then on no
-- earlier holder stores anything, so that what is returned is the latest checkpoint, also if it is later than the snapshot.
-- $3 are the subscriptions that this session holds: the server would give it their locks again.
WITH found AS MATERIALIZED (
    SELECT subscription_id, stream_uuid, created_at, tableoid::int4 AS table_id
    FROM {schema}.subscriptions
    WHERE stream_uuid = $1 AND subscription_name = $2 AND subscription_id <> ALL ($3::bigint[])
    FOR NO KEY UPDATE SKIP LOCKED
),
locked AS MATERIALIZED (
    SELECT subscription_id, stream_uuid, created_at
    FROM found
    WHERE pg_try_advisory_lock(
        table_id,
        CASE WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647 ELSE subscription_id END::int4
    )
),
bound AS (
    INSERT INTO {schema}.eventstore_subscription_streams AS bound (subscription_id, created_at, stream_id)
    SELECT locked.subscription_id, locked.created_at, stream.stream_id
    FROM locked
    JOIN {schema}.streams AS stream USING (stream_uuid)
    ON CONFLICT (subscription_id) DO UPDATE
        SET created_at = excluded.created_at, stream_id = excluded.stream_id
        WHERE bound.created_at <> excluded.created_at OR bound.stream_id <> excluded.stream_id
),
-- The time keeps epochs apart where ids begin again, as after a reset by the other library.
given AS (
    UPDATE {schema}.subscriptions AS subscription
    SET lease_epoch = greatest(
            coalesce(subscription.lease_epoch, 0) + 1,
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
        ),
        last_seen = CASE WHEN before.stream_id <> stream.stream_id THEN 0 ELSE subscription.last_seen END
    FROM locked
    LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = locked.stream_uuid
    LEFT JOIN {schema}.eventstore_subscription_streams AS before
        ON before.subscription_id = locked.subscription_id AND before.created_at = locked.created_at
    WHERE subscription.subscription_id = locked.subscription_id
    RETURNING subscription.subscription_id, subscription.lease_epoch,
        coalesce(subscription.last_seen, 0) AS checkpoint, stream.stream_id
)
SELECT
    EXISTS (
        SELECT FROM {schema}.subscriptions WHERE stream_uuid = $1 AND subscription_name = $2
    ) AS is_there,
    given.subscription_id, given.lease_epoch, given.checkpoint, given.stream_id
FROM (VALUES (1)) AS one
LEFT JOIN given ON true
