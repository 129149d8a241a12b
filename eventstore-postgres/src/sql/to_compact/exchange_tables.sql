DROP TRIGGER IF EXISTS event_notification ON {schema}.streams;

DROP FUNCTION IF EXISTS {schema}.notify_events();

ALTER TABLE {schema}.events RENAME TO eventstore_original_events;

ALTER INDEX IF EXISTS {schema}.events_pkey RENAME TO eventstore_original_events_pkey;

ALTER INDEX IF EXISTS {schema}.eventstore_events_correlation_id RENAME TO eventstore_original_events_correlation_id;

ALTER INDEX IF EXISTS {schema}.eventstore_events_causation_id RENAME TO eventstore_original_events_causation_id;

ALTER TABLE {schema}.stream_events RENAME TO eventstore_original_stream_events;

ALTER TABLE {schema}.schema_migrations RENAME TO eventstore_original_schema_migrations;

ALTER TABLE {schema}.eventstore_compact_events RENAME TO events;

ALTER TABLE {schema}.events RENAME CONSTRAINT eventstore_compact_events_pkey TO events_pkey;

ALTER TABLE {schema}.events
    ADD CONSTRAINT events_stream_version_key UNIQUE USING INDEX eventstore_compact_events_stream_version,
    ADD CONSTRAINT events_event_id_key UNIQUE USING INDEX eventstore_compact_events_event_id;

ALTER INDEX IF EXISTS {schema}.eventstore_compact_events_correlation_id RENAME TO eventstore_events_correlation_id;

ALTER INDEX IF EXISTS {schema}.eventstore_compact_events_causation_id RENAME TO eventstore_events_causation_id;

ALTER TABLE {schema}.eventstore_compact_links RENAME TO links;

ALTER TABLE {schema}.links RENAME CONSTRAINT eventstore_compact_links_pkey TO links_pkey;

ALTER TABLE {schema}.links
    ADD CONSTRAINT links_position_key UNIQUE USING INDEX eventstore_compact_links_position;

UPDATE {schema}.snapshots SET metadata = NULL WHERE metadata = 'null';

UPDATE {schema}.eventstore_schema SET layout = 'compact', data_type = '{payload}';
