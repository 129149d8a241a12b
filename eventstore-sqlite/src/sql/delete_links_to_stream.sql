DELETE FROM eventstore_links WHERE position IN (SELECT position FROM eventstore_events WHERE stream_id = ?1)
