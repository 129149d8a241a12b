-- The other library deletes a subscription without its status.
SELECT
    subscription_id, holder, delivered, in_flight, subscribers, attempts,
    failed_number, failed_event_id, failure, failed_at, reported_at
FROM {schema}.eventstore_subscription_statuses
JOIN {schema}.subscriptions USING (subscription_id)
ORDER BY subscription_id
