DELETE FROM eventstore_events WHERE stream_id = ?1
