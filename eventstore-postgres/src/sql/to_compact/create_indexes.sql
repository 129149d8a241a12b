CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_events_stream_version
    ON {schema}.eventstore_compact_events (stream_id, stream_version);

CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_events_event_id ON {schema}.eventstore_compact_events (event_id);

CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_links_position
    ON {schema}.eventstore_compact_links (position, stream_id);

ANALYZE {schema}.eventstore_compact_events, {schema}.eventstore_compact_links;
