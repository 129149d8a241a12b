-- ?1: the id. ?2: the name. ?3: the version. ?4: the time of creation.
INSERT INTO eventstore_streams (id, name, version, created_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET version = excluded.version
