DROP TABLE IF EXISTS {schema}.eventstore_original_events, {schema}.eventstore_original_stream_events,
    {schema}.eventstore_original_schema_migrations
