-- $1: the name. The time is that of the moment after the wait for others.
WITH locked AS MATERIALIZED (
    SELECT last_build FROM {schema}.eventstore_projections WHERE name = $1 FOR UPDATE
)
SELECT last_build, clock_timestamp() FROM locked
