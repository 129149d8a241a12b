-- A process that opened the file before it had this table deletes a subscription without its status.
SELECT
    subscription_id, holder, delivered, in_flight, subscribers, attempts,
    failed_number, failed_event_id, failure, failed_at, reported_at,
    is_running, alone_number, alone_attempts
FROM eventstore_subscription_statuses
JOIN eventstore_subscriptions AS subscription ON subscription.id = subscription_id
WHERE ?1 IS NULL OR subscription_id = ?1
ORDER BY subscription_id
