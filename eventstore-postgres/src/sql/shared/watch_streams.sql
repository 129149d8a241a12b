-- Which streams are read, for leases that were given before there were any. A stream that was bound before stays bound: it has been
-- replaced, and the lease is lost. Nothing is locked while there is no stream: that would be a commit for nothing.
WITH asked AS MATERIALIZED (
    SELECT subscription_id, lease_epoch
    FROM unnest($1::bigint[], $2::bigint[]) AS asked (subscription_id, lease_epoch)
),
held AS MATERIALIZED (
    SELECT asked.subscription_id, asked.lease_epoch, stream.stream_id
    FROM asked
    JOIN {schema}.subscriptions AS subscription USING (subscription_id, lease_epoch)
    LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = subscription.stream_uuid
),
found AS MATERIALIZED (
    SELECT subscription.subscription_id, subscription.created_at, held.stream_id
    FROM held
    JOIN {schema}.subscriptions AS subscription USING (subscription_id, lease_epoch)
    WHERE held.stream_id IS NOT NULL
    FOR NO KEY UPDATE OF subscription SKIP LOCKED
),
bound AS (
    INSERT INTO {schema}.eventstore_subscription_streams AS bound (subscription_id, created_at, stream_id)
    SELECT subscription_id, created_at, stream_id FROM found ORDER BY subscription_id
    ON CONFLICT (subscription_id) DO UPDATE
        SET created_at = excluded.created_at, stream_id = excluded.stream_id
        WHERE bound.created_at <> excluded.created_at
)
SELECT held.subscription_id, held.stream_id IS NULL AS is_missing, found.stream_id,
    coalesce(before.stream_id <> found.stream_id, false) AS is_replaced
FROM held
LEFT JOIN found USING (subscription_id)
LEFT JOIN {schema}.eventstore_subscription_streams AS before
    ON before.subscription_id = found.subscription_id AND before.created_at = found.created_at
