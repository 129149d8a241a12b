SELECT indisvalid AS is_valid
FROM pg_catalog.pg_index
WHERE indexrelid = to_regclass($1 || '.eventstore_events_correlation_id') AND indrelid = to_regclass($1 || '.events')
