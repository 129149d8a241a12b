SELECT version, layout, data_type FROM {schema}.eventstore_schema ORDER BY version DESC LIMIT 1
