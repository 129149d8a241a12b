-- As the tables `events` and `links` of the layout compact, which they become. The other indexes come when there is
-- something in them.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_compact_events (
    position bigint NOT NULL,
    stream_id bigint NOT NULL,
    stream_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    causation_id uuid,
    correlation_id uuid,
    event_type text NOT NULL,
    data {payload} NOT NULL,
    metadata {payload},
    CONSTRAINT eventstore_compact_events_pkey PRIMARY KEY (position)
);

CREATE TABLE IF NOT EXISTS {schema}.eventstore_compact_links (
    stream_id bigint NOT NULL,
    stream_version bigint NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT eventstore_compact_links_pkey PRIMARY KEY (stream_id, stream_version)
);
