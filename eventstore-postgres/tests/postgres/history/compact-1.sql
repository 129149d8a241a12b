CREATE TABLE eventstore_schema (
    version integer PRIMARY KEY,
    layout text NOT NULL,
    data_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO eventstore_schema (version, layout, data_type) VALUES (1, 'compact', 'bytea');

CREATE TABLE streams (
    stream_id bigserial PRIMARY KEY,
    stream_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    stream_uuid text NOT NULL
);

CREATE UNIQUE INDEX ix_streams_stream_uuid ON streams (stream_uuid);

INSERT INTO streams (stream_id, stream_uuid) VALUES (0, '$all');

CREATE TABLE events (
    position bigint NOT NULL,
    stream_id bigint NOT NULL,
    stream_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    causation_id uuid,
    correlation_id uuid,
    event_type text NOT NULL,
    data bytea NOT NULL,
    metadata bytea,
    CONSTRAINT events_pkey PRIMARY KEY (position),
    CONSTRAINT events_stream_version_key UNIQUE (stream_id, stream_version),
    CONSTRAINT events_event_id_key UNIQUE (event_id)
);

CREATE TABLE links (
    stream_id bigint NOT NULL,
    stream_version bigint NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT links_pkey PRIMARY KEY (stream_id, stream_version),
    CONSTRAINT links_position_key UNIQUE (position, stream_id)
);

CREATE TABLE snapshots (
    source_uuid text PRIMARY KEY,
    source_version bigint NOT NULL,
    source_type text NOT NULL,
    data bytea NOT NULL,
    metadata bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE subscriptions (
    subscription_id bigserial PRIMARY KEY,
    stream_uuid text NOT NULL,
    subscription_name text NOT NULL,
    last_seen bigint,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ix_subscriptions_stream_uuid_subscription_name
    ON subscriptions (stream_uuid, subscription_name);

CREATE FUNCTION event_store_exception() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0];
END;
$function$;

CREATE FUNCTION event_store_delete() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.enable_hard_deletes', true) = 'on'
        OR current_setting('eventstore.reset', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

CREATE FUNCTION event_store_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

CREATE TRIGGER no_delete_streams BEFORE DELETE ON streams
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_delete('Cannot delete streams');

CREATE TRIGGER no_truncate_streams BEFORE TRUNCATE ON streams
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate streams');

CREATE TRIGGER no_update_events BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_exception('Cannot update events');

CREATE TRIGGER no_delete_events BEFORE DELETE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_delete('Cannot delete events');

CREATE TRIGGER no_truncate_events BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate events');

CREATE TRIGGER no_update_links BEFORE UPDATE ON links
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_exception('Cannot update links');

CREATE TRIGGER no_delete_links BEFORE DELETE ON links
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_delete('Cannot delete links');

CREATE TRIGGER no_truncate_links BEFORE TRUNCATE ON links
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate links');

-- Nothing refers to shared tables by a key, which would get in the way of whoever truncates them.

CREATE TABLE IF NOT EXISTS eventstore_parked_events (
    subscription_id bigint NOT NULL,
    event_number bigint NOT NULL,
    event_id uuid NOT NULL,
    partition_key bytea,
    reason text,
    attempts bigint NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT eventstore_parked_events_pkey PRIMARY KEY (subscription_id, event_number)
);

-- Which stream a subscription's checkpoint is about: a stream of the same name that was created anew is another one, and so
-- is a subscription with another time of creation. Nothing refers to shared tables by a key.

CREATE TABLE IF NOT EXISTS eventstore_subscription_streams (
    subscription_id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    stream_id bigint NOT NULL
);
