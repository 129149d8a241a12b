SELECT
    to_regclass($1 || '.eventstore_schema') IS NOT NULL AS has_layout,
    to_regclass($1 || '.stream_events') IS NOT NULL
        AND to_regclass($1 || '.schema_migrations') IS NOT NULL AS has_original,
    to_regclass($1 || '.streams') IS NOT NULL
        OR to_regclass($1 || '.events') IS NOT NULL
        OR to_regclass($1 || '.subscriptions') IS NOT NULL AS has_foreign_tables
