SELECT
    event.position, event.stream_version, event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.created_at, event.data, event.metadata, stream.name
FROM eventstore_events AS event
JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.position >= ?1
ORDER BY event.position
LIMIT ?2
