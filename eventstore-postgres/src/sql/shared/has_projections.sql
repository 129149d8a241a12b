SELECT to_regclass($1 || '.eventstore_projections') IS NOT NULL
    AND to_regclass($1 || '.eventstore_projection_builds') IS NOT NULL
