SELECT id, version, deleted_at IS NOT NULL AS is_deleted FROM eventstore_streams WHERE name = ?1
