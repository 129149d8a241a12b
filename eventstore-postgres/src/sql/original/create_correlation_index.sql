CREATE INDEX CONCURRENTLY IF NOT EXISTS eventstore_events_correlation_id
    ON {schema}.events (correlation_id) WHERE correlation_id IS NOT NULL
