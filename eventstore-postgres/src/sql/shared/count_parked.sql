SELECT count(*)
FROM {schema}.eventstore_parked_events AS parked
JOIN {schema}.events AS event USING (event_id)
WHERE parked.subscription_id = $1
