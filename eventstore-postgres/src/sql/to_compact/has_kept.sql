SELECT to_regclass($1 || '.eventstore_original_events') IS NOT NULL
    OR to_regclass($1 || '.eventstore_original_stream_events') IS NOT NULL
    OR to_regclass($1 || '.eventstore_original_schema_migrations') IS NOT NULL
