SELECT source, version, snapshot_type, created_at, data, metadata FROM eventstore_snapshots WHERE source = ?1
