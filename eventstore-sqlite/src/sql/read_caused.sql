-- ?1: the first position. ?2: how many events at most. ?3: the id of their cause. `read/row.rs` takes the columns.
SELECT
    event.position AS number, coalesce(stream.name, 0) AS stream,
    event.position, event.stream_version, event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.created_at, event.data, event.metadata
FROM eventstore_events AS event
LEFT JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.causation_id = ?3 AND event.position >= ?1
ORDER BY event.position
LIMIT ?2 + 0
