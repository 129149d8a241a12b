CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

CREATE TABLE streams (
    stream_id bigserial PRIMARY KEY,
    stream_uuid text NOT NULL,
    stream_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ix_streams_stream_uuid ON streams (stream_uuid);

INSERT INTO streams (stream_id, stream_uuid, stream_version) VALUES (0, '$all', 0);

CREATE TABLE events (
    event_id uuid PRIMARY KEY,
    event_type text NOT NULL,
    causation_id uuid,
    correlation_id uuid,
    data bytea NOT NULL,
    metadata bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE stream_events (
    event_id uuid NOT NULL REFERENCES events (event_id),
    stream_id bigint NOT NULL REFERENCES streams (stream_id),
    stream_version bigint NOT NULL,
    original_stream_id bigint REFERENCES streams (stream_id),
    original_stream_version bigint,
    PRIMARY KEY (event_id, stream_id)
);

CREATE UNIQUE INDEX ix_stream_events ON stream_events (stream_id, stream_version);

CREATE RULE no_update_stream_events AS ON UPDATE TO stream_events DO INSTEAD NOTHING;
CREATE RULE no_delete_stream_events AS ON DELETE TO stream_events DO INSTEAD NOTHING;
CREATE RULE no_update_events AS ON UPDATE TO events DO INSTEAD NOTHING;
CREATE RULE no_delete_events AS ON DELETE TO events DO INSTEAD NOTHING;

CREATE TABLE subscriptions (
    subscription_id bigserial PRIMARY KEY,
    stream_uuid text NOT NULL,
    subscription_name text NOT NULL,
    last_seen bigint,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ix_subscriptions_stream_uuid_subscription_name ON subscriptions (stream_uuid, subscription_name);

CREATE TABLE snapshots (
    source_uuid text PRIMARY KEY,
    source_version bigint NOT NULL,
    source_type text NOT NULL,
    data bytea NOT NULL,
    metadata bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE schema_migrations (
    major_version int NOT NULL,
    minor_version int NOT NULL,
    patch_version int NOT NULL,
    migrated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (major_version, minor_version, patch_version)
);

CREATE FUNCTION notify_events() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM pg_notify(
        'events',
        NEW.stream_uuid || ',' || NEW.stream_id || ',' || (OLD.stream_version + 1) || ',' || NEW.stream_version
    );
    RETURN NEW;
END;
$function$;

CREATE TRIGGER event_notification AFTER UPDATE ON streams FOR EACH ROW EXECUTE PROCEDURE notify_events();

INSERT INTO schema_migrations (major_version, minor_version, patch_version) VALUES (0, 17, 0);
