-- ?1: a JSON array of ids in hexadecimal. ?2: whether the data is wanted.
SELECT
    event.event_id, event.position, event.stream_version, stream.name AS stream, event.event_type,
    CASE WHEN ?2 THEN event.data END AS data
FROM json_each(?1) AS wanted
JOIN eventstore_events AS event ON event.event_id = unhex(wanted.value)
JOIN eventstore_streams AS stream ON stream.id = event.stream_id
