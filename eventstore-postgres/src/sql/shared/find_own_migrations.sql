SELECT version, created_at FROM {schema}.eventstore_schema ORDER BY version
