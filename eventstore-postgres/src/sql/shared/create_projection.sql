-- $1: the name.
INSERT INTO {schema}.eventstore_projections (name, last_build)
VALUES ($1, 0)
ON CONFLICT (name) DO NOTHING
