INSERT INTO {schema}.schema_migrations (major_version, minor_version, patch_version)
VALUES ($1, $2, $3)
