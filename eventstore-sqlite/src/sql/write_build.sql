-- ?1: the name. ?2: the number of the build.
INSERT OR REPLACE INTO eventstore_projection_builds (
    name, build, version, stage, is_paused, failed_number, failure, failed_at, created_at, stage_since
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
