DELETE FROM eventstore_snapshots WHERE source = ?1
