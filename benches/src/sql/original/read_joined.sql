SELECT
    placed.stream_version, placed.original_stream_version, origin.stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id, event.data, event.metadata,
    event.created_at
FROM stream_events AS placed
JOIN streams AS origin ON origin.stream_id = placed.original_stream_id
JOIN events AS event ON event.event_id = placed.event_id
WHERE placed.stream_id = $1 AND placed.stream_version >= $2
ORDER BY placed.stream_version
LIMIT $3
