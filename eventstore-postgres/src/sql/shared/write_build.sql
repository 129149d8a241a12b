-- $1: the name. $2: the number of the build.
INSERT INTO {schema}.eventstore_projection_builds (
    name, build, version, stage, is_paused, failed_number, failure, failed_at, created_at, stage_since
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (name, build) DO UPDATE
SET stage = excluded.stage,
    is_paused = excluded.is_paused,
    failed_number = excluded.failed_number,
    failure = excluded.failure,
    failed_at = excluded.failed_at,
    stage_since = excluded.stage_since
