SELECT major_version, minor_version, patch_version, migrated_at
FROM {schema}.schema_migrations
ORDER BY major_version, minor_version, patch_version
