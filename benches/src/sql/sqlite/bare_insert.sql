INSERT INTO eventstore_events (position, stream_id, stream_version, event_id, event_type, created_at, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
