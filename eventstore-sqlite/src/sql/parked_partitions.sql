SELECT DISTINCT parked.partition_key
FROM eventstore_parked_events AS parked
JOIN eventstore_events AS event ON event.event_id = parked.event_id
WHERE parked.subscription_id = ?1 AND parked.partition_key IS NOT NULL
ORDER BY parked.partition_key
