CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_events_event_id ON {schema}.eventstore_compact_events (event_id)
