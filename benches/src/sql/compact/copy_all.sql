COPY (
    SELECT
        position, stream_id, stream_version, event_id, event_type, causation_id, correlation_id, data, metadata, created_at
    FROM events
    ORDER BY position
) TO STDOUT (FORMAT binary)
