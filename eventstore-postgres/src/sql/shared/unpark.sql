WITH subscription AS MATERIALIZED (
    SELECT subscription_id
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
    -- The lock that parking takes too: an event cannot be parked as a follower while the event that it follows is
    -- unparked (ADR 24).
    FOR NO KEY UPDATE
)
DELETE FROM {schema}.eventstore_parked_events AS parked
USING subscription
WHERE parked.subscription_id = subscription.subscription_id AND parked.event_number = $2
