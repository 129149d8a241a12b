SELECT parked.event_number
FROM {schema}.subscriptions AS subscription
JOIN {schema}.eventstore_parked_events AS parked USING (subscription_id)
JOIN {schema}.events AS event USING (event_id)
WHERE subscription_id = $1 AND parked.event_number > coalesce(subscription.last_seen, 0)
ORDER BY parked.event_number
