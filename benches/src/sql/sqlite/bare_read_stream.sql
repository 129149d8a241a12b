SELECT
    event.position, event.stream_version, event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.created_at, event.data, event.metadata
FROM eventstore_events AS event
WHERE event.stream_id = (SELECT id FROM eventstore_streams WHERE name = ?1)
ORDER BY event.stream_version
