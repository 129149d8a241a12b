SELECT parked.event_number, parked.event_id, parked.partition_key, parked.reason, parked.attempts, parked.parked_at
FROM {schema}.eventstore_parked_events AS parked
JOIN {schema}.events AS event USING (event_id)
WHERE parked.subscription_id = $1 AND parked.event_number > $2
ORDER BY parked.event_number
LIMIT $3
