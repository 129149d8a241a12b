-- The row of the subscription is locked until the commit, so that no later lease is given between the check and the report.
WITH latest AS MATERIALIZED (
    SELECT subscription_id
    FROM {schema}.subscriptions
    WHERE subscription_id = $1 AND lease_epoch = $2
    FOR SHARE
), reported AS (
    INSERT INTO {schema}.eventstore_subscription_statuses (
        subscription_id, holder, delivered, in_flight, subscribers, attempts,
        failed_number, failed_event_id, failure, failed_at, reported_at,
        is_running, alone_number, alone_attempts
    )
    SELECT
        subscription_id, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::bigint,
        $8::bigint, $9::uuid, $10::text, $11::timestamptz, clock_timestamp(),
        $12::boolean, $13::bigint, $14::bigint
    FROM latest
    ON CONFLICT (subscription_id) DO UPDATE SET
        holder = excluded.holder,
        delivered = excluded.delivered,
        in_flight = excluded.in_flight,
        subscribers = excluded.subscribers,
        attempts = excluded.attempts,
        failed_number = excluded.failed_number,
        failed_event_id = excluded.failed_event_id,
        failure = excluded.failure,
        failed_at = excluded.failed_at,
        reported_at = excluded.reported_at,
        is_running = excluded.is_running,
        alone_number = excluded.alone_number,
        alone_attempts = excluded.alone_attempts
    RETURNING subscription_id
)
SELECT
    EXISTS (SELECT FROM reported) AS is_reported,
    EXISTS (SELECT FROM {schema}.subscriptions WHERE subscription_id = $1) AS has_subscription
