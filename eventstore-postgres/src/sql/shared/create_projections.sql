-- The builds of managed projections. `last_build` is the highest number that was ever given to a build, which forgetting builds does not lower.
-- A change of builds locks the row of their projection.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_projections (
    name text COLLATE "C" PRIMARY KEY,
    last_build bigint NOT NULL
);

-- `stage` is `building`, `live` or `retired`.
CREATE TABLE IF NOT EXISTS {schema}.eventstore_projection_builds (
    name text COLLATE "C" NOT NULL,
    build bigint NOT NULL,
    version bigint NOT NULL,
    stage text NOT NULL,
    is_paused boolean NOT NULL,
    failed_number bigint,
    failure text,
    failed_at timestamptz,
    created_at timestamptz NOT NULL,
    stage_since timestamptz NOT NULL,
    CONSTRAINT eventstore_projection_builds_pkey PRIMARY KEY (name, build)
);
