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

CREATE FUNCTION {schema}.notify_events() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    first_version bigint := 1;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        first_version := OLD.stream_version + 1;
    END IF;
    PERFORM pg_notify(
        TG_TABLE_SCHEMA || '.events',
        NEW.stream_uuid || ',' || NEW.stream_id || ',' || first_version || ',' || NEW.stream_version
    );
    RETURN NULL;
END;
$function$;

CREATE TRIGGER no_update_events BEFORE UPDATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update events');

CREATE TRIGGER no_delete_events BEFORE DELETE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete events');

CREATE TRIGGER no_update_stream_events BEFORE UPDATE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update stream events');

CREATE TRIGGER no_delete_stream_events BEFORE DELETE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete stream events');

CREATE TRIGGER no_delete_streams BEFORE DELETE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete streams');

CREATE TRIGGER event_notification AFTER INSERT OR UPDATE ON {schema}.streams
    FOR EACH ROW EXECUTE FUNCTION {schema}.notify_events();

-- What follows is not the other library's: it may be missing, and none of the statements depends on it.

CREATE TABLE {schema}.eventstore_schema (
    version integer PRIMARY KEY,
    layout text NOT NULL,
    data_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO {schema}.eventstore_schema (version, layout, data_type) VALUES (1, 'original', '{payload}');

CREATE FUNCTION {schema}.event_store_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

CREATE TRIGGER no_truncate_events BEFORE TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate events');

CREATE TRIGGER no_truncate_stream_events BEFORE TRUNCATE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate stream events');

CREATE TRIGGER no_truncate_streams BEFORE TRUNCATE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate streams');
