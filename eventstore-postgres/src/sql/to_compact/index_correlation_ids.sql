CREATE INDEX IF NOT EXISTS eventstore_compact_events_correlation_id
    ON {schema}.eventstore_compact_events (correlation_id, position) WHERE correlation_id IS NOT NULL
