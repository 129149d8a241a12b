CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_events_stream_version
    ON {schema}.eventstore_compact_events (stream_id, stream_version)
