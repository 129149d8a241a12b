-- ?1: the time.
INSERT INTO eventstore_streams (id, name, version, created_at) VALUES (0, '$all', 0, ?1)
