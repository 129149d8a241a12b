CREATE INDEX CONCURRENTLY IF NOT EXISTS eventstore_events_causation_id
    ON {schema}.events (causation_id) WHERE causation_id IS NOT NULL
