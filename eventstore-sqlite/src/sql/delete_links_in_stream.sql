DELETE FROM eventstore_links WHERE stream_id = ?1
