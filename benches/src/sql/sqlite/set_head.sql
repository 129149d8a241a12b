UPDATE eventstore_streams SET version = ?1 WHERE id = 0
