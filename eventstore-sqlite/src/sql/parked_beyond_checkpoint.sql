SELECT parked.number
FROM eventstore_subscriptions AS subscription
JOIN eventstore_parked_events AS parked
    ON parked.subscription_id = subscription.id AND parked.number > subscription.checkpoint
JOIN eventstore_events AS event ON event.event_id = parked.event_id
WHERE subscription.id = ?1
ORDER BY parked.number
