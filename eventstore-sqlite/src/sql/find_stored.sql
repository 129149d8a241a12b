-- ?1: the id. ?2: whether the data is wanted.
SELECT
    event.position, event.stream_version, stream.name AS stream, event.event_type, CASE WHEN ?2 THEN event.data END AS data
FROM eventstore_events AS event
JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.event_id = ?1
