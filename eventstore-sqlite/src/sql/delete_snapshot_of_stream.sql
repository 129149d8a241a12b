DELETE FROM eventstore_snapshots WHERE source = (SELECT name FROM eventstore_streams WHERE id = ?1)
