SELECT id, name, version, created_at, deleted_at FROM eventstore_streams WHERE name = ?1
