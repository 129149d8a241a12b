SELECT version, layout, data_type FROM eventstore_schema ORDER BY version DESC LIMIT 1
