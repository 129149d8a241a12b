COPY (
    SELECT
        placed.stream_version, placed.original_stream_id, placed.original_stream_version,
        event.event_id, event.event_type, event.causation_id, event.correlation_id, event.data, event.metadata,
        event.created_at
    FROM stream_events AS placed
    JOIN events AS event USING (event_id)
    WHERE placed.stream_id = 0
    ORDER BY placed.stream_version
) TO STDOUT (FORMAT binary)
