-- Types are told by their oids: how the server writes their names depends on settings.
SELECT
    major_version, minor_version, patch_version,
    (
        SELECT CASE atttypid
                WHEN 'pg_catalog.bytea'::regtype THEN 'bytea'
                WHEN 'pg_catalog.jsonb'::regtype THEN 'jsonb'
                ELSE (SELECT typname::text FROM pg_catalog.pg_type WHERE oid = atttypid)
            END
        FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass($1 || '.events') AND attname = 'data' AND NOT attisdropped
    ) AS data_type
FROM {schema}.schema_migrations
ORDER BY major_version DESC, minor_version DESC, patch_version DESC
LIMIT 1
