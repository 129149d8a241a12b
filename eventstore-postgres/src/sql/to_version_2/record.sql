INSERT INTO {schema}.eventstore_schema (version, layout, data_type) VALUES (2, 'compact', '{payload}')
