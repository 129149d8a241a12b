DELETE FROM eventstore_streams WHERE id = ?1
