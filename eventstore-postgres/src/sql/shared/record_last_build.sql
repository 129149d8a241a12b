-- $1: the name. $2: the number.
UPDATE {schema}.eventstore_projections SET last_build = $2 WHERE name = $1
