CREATE TABLE {schema}.eventstore_schema (
    version integer PRIMARY KEY,
    layout text NOT NULL,
    data_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO {schema}.eventstore_schema (version, layout, data_type) VALUES (2, 'compact', '{payload}');

CREATE TABLE {schema}.streams (
    stream_id bigserial PRIMARY KEY,
    stream_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    stream_uuid text COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX ix_streams_stream_uuid ON {schema}.streams (stream_uuid);

INSERT INTO {schema}.streams (stream_id, stream_uuid) VALUES (0, '$all');

CREATE TABLE {schema}.events (
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
    CONSTRAINT events_pkey PRIMARY KEY (position),
    CONSTRAINT events_stream_version_key UNIQUE (stream_id, stream_version),
    CONSTRAINT events_event_id_key UNIQUE (event_id)
);

CREATE TABLE {schema}.links (
    stream_id bigint NOT NULL,
    stream_version bigint NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT links_pkey PRIMARY KEY (stream_id, stream_version),
    CONSTRAINT links_position_key UNIQUE (position, stream_id)
);

CREATE TABLE {schema}.snapshots (
    source_uuid text COLLATE "C" PRIMARY KEY,
    source_version bigint NOT NULL,
    source_type text NOT NULL,
    data {payload} NOT NULL,
    metadata {payload},
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.subscriptions (
    subscription_id bigserial PRIMARY KEY,
    stream_uuid text COLLATE "C" NOT NULL,
    subscription_name text COLLATE "C" NOT NULL,
    last_seen bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    lease_epoch bigint
);

CREATE UNIQUE INDEX ix_subscriptions_stream_uuid_subscription_name
    ON {schema}.subscriptions (stream_uuid, subscription_name);

CREATE FUNCTION {schema}.event_store_exception() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0];
END;
$function$;

CREATE FUNCTION {schema}.event_store_delete() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.enable_hard_deletes', true) = 'on'
        OR current_setting('eventstore.reset', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

CREATE FUNCTION {schema}.event_store_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

CREATE TRIGGER no_delete_streams BEFORE DELETE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete streams');

CREATE TRIGGER no_truncate_streams BEFORE TRUNCATE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate streams');
