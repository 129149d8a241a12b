-- `last_build` is the highest number that was ever given to a build, which forgetting builds does not lower.
CREATE TABLE IF NOT EXISTS eventstore_projections (
    name TEXT NOT NULL PRIMARY KEY,
    last_build INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `stage` is `building`, `live` or `retired`.
CREATE TABLE IF NOT EXISTS eventstore_projection_builds (
    name TEXT NOT NULL,
    build INTEGER NOT NULL,
    version INTEGER NOT NULL,
    stage TEXT NOT NULL,
    is_paused INTEGER NOT NULL,
    failed_number INTEGER,
    failure TEXT,
    failed_at INTEGER,
    created_at INTEGER NOT NULL,
    stage_since INTEGER NOT NULL,
    PRIMARY KEY (name, build)
) STRICT, WITHOUT ROWID;
