SELECT
    major_version, minor_version, patch_version,
    (
        SELECT format_type(atttypid, atttypmod)
        FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass($1 || '.events') AND attname = 'data' AND NOT attisdropped
    ) AS data_type
FROM {schema}.schema_migrations
ORDER BY major_version DESC, minor_version DESC, patch_version DESC
LIMIT 1
