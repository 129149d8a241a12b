SELECT parked.number, parked.event_id, parked.partition_key, parked.reason, parked.attempts, parked.parked_at
FROM eventstore_parked_events AS parked
JOIN eventstore_events AS event ON event.event_id = parked.event_id
WHERE parked.subscription_id = ?1 AND parked.number > ?2
ORDER BY parked.number
LIMIT ?3
