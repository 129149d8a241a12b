CREATE INDEX IF NOT EXISTS eventstore_compact_events_causation_id
    ON {schema}.eventstore_compact_events (causation_id, position) WHERE causation_id IS NOT NULL
