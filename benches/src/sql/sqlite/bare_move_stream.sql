UPDATE eventstore_streams SET version = version + ?2 WHERE name = ?1 RETURNING id, version
