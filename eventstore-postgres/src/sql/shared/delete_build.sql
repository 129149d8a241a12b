-- $1: the name. $2: the number of the build.
DELETE FROM {schema}.eventstore_projection_builds WHERE name = $1 AND build = $2
