CREATE INDEX eventstore_events_causation_id
    ON eventstore_events (causation_id, position) WHERE causation_id IS NOT NULL
