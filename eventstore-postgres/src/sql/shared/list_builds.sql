-- $1: the name; NULL for all projections.
SELECT name, build, version, stage, is_paused, failed_number, failure, failed_at, created_at, stage_since
FROM {schema}.eventstore_projection_builds
WHERE $1::text IS NULL OR name = $1
ORDER BY name, build
