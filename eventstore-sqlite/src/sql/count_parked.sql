SELECT count(*)
FROM eventstore_parked_events AS parked
JOIN eventstore_events AS event ON event.event_id = parked.event_id
WHERE parked.subscription_id = ?1
