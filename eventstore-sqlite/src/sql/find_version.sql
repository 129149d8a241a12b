SELECT version FROM eventstore_schema
