SELECT DISTINCT parked.partition_key
FROM {schema}.eventstore_parked_events AS parked
JOIN {schema}.events AS event USING (event_id)
WHERE parked.subscription_id = $1 AND parked.partition_key IS NOT NULL
ORDER BY parked.partition_key
