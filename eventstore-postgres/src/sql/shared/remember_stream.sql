-- Which stream is read, for a lease that was given before there was one. A stream that was bound before stays bound: it has been
-- replaced, and the lease is lost.
WITH found AS MATERIALIZED (
    SELECT subscription.subscription_id, subscription.created_at, stream.stream_id
    FROM {schema}.subscriptions AS subscription
    JOIN {schema}.streams AS stream USING (stream_uuid)
    WHERE subscription.subscription_id = $1 AND subscription.lease_epoch = $2
    FOR NO KEY UPDATE OF subscription SKIP LOCKED
),
bound AS (
    INSERT INTO {schema}.eventstore_subscription_streams AS bound (subscription_id, created_at, stream_id)
    SELECT subscription_id, created_at, stream_id FROM found
    ON CONFLICT (subscription_id) DO UPDATE
        SET created_at = excluded.created_at, stream_id = excluded.stream_id
        WHERE bound.created_at <> excluded.created_at
)
SELECT stream_id FROM found
