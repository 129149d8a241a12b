INSERT INTO eventstore_events (
    position, stream_id, stream_version, event_id, event_type, causation_id, correlation_id, created_at, data, metadata
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
