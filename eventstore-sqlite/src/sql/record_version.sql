-- ?1: the time. ?2: the version of the tables.
INSERT INTO eventstore_schema (version, created_at) VALUES (?2, ?1)
