CREATE TABLE {schema}.streams (
    stream_id bigserial PRIMARY KEY,
    stream_uuid text NOT NULL,
    stream_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE UNIQUE INDEX ix_streams_stream_uuid ON {schema}.streams (stream_uuid);

INSERT INTO {schema}.streams (stream_id, stream_uuid, stream_version) VALUES (0, '$all', 0);

CREATE TABLE {schema}.events (
    event_id uuid PRIMARY KEY,
    event_type text NOT NULL,
    causation_id uuid,
    correlation_id uuid,
    data {payload} NOT NULL,
    metadata {payload},
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.stream_events (
    event_id uuid NOT NULL REFERENCES {schema}.events (event_id),
    stream_id bigint NOT NULL REFERENCES {schema}.streams (stream_id),
    stream_version bigint NOT NULL,
    original_stream_id bigint REFERENCES {schema}.streams (stream_id),
    original_stream_version bigint,
    PRIMARY KEY (event_id, stream_id)
);

CREATE UNIQUE INDEX ix_stream_events ON {schema}.stream_events (stream_id, stream_version);

CREATE TABLE {schema}.subscriptions (
    subscription_id bigserial PRIMARY KEY,
    stream_uuid text NOT NULL,
    subscription_name text NOT NULL,
    last_seen bigint,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ix_subscriptions_stream_uuid_subscription_name
    ON {schema}.subscriptions (stream_uuid, subscription_name);

CREATE TABLE {schema}.snapshots (
    source_uuid text PRIMARY KEY,
    source_version bigint NOT NULL,
    source_type text NOT NULL,
    data {payload} NOT NULL,
    metadata {payload},
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.schema_migrations (
    major_version int NOT NULL,
    minor_version int NOT NULL,
    patch_version int NOT NULL,
    migrated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (major_version, minor_version, patch_version)
);

INSERT INTO {schema}.schema_migrations (major_version, minor_version, patch_version) VALUES (1, 3, 2);
