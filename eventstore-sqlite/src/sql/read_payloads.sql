-- ?1: a JSON array of positions, which are never given twice; the id of a deleted event may be that of another one now.
SELECT wanted.key, event.data, event.metadata
FROM json_each(?1) AS wanted
CROSS JOIN eventstore_events AS event ON event.position = wanted.value
