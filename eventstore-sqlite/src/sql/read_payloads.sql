-- ?1: a JSON array of ids in hexadecimal.
SELECT wanted.key, event.data, event.metadata
FROM json_each(?1) AS wanted
CROSS JOIN eventstore_events AS event ON event.event_id = unhex(wanted.value)
