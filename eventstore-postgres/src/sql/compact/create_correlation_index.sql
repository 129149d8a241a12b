CREATE INDEX CONCURRENTLY IF NOT EXISTS eventstore_events_correlation_id
    ON {schema}.events (correlation_id, position) WHERE correlation_id IS NOT NULL
