-- ?1: the name. ?2: the number.
INSERT OR REPLACE INTO eventstore_projections (name, last_build) VALUES (?1, ?2)
