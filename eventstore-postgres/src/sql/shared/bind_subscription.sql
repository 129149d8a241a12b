WITH found AS MATERIALIZED (
    SELECT subscription.subscription_id, subscription.created_at, stream.stream_id
    FROM {schema}.subscriptions AS subscription
    JOIN {schema}.streams AS stream USING (stream_uuid)
    WHERE subscription.subscription_id = $1
),
bound AS (
    INSERT INTO {schema}.eventstore_subscription_streams AS bound (subscription_id, created_at, stream_id)
    SELECT subscription_id, created_at, stream_id FROM found
    ON CONFLICT (subscription_id) DO UPDATE
        SET created_at = excluded.created_at, stream_id = excluded.stream_id
        WHERE bound.created_at <> excluded.created_at OR bound.stream_id <> excluded.stream_id
),
reset AS (
    UPDATE {schema}.subscriptions AS subscription
    SET last_seen = 0
    FROM found
    JOIN {schema}.eventstore_subscription_streams AS before USING (subscription_id, created_at)
    WHERE subscription.subscription_id = found.subscription_id AND before.stream_id <> found.stream_id
)
SELECT stream_id FROM found
