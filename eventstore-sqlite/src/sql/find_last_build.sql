-- ?1: the name.
SELECT last_build FROM eventstore_projections WHERE name = ?1
