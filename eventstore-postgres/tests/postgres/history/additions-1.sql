-- This is not the other library's: it may be missing, and none of the statements depends on it.

CREATE TABLE IF NOT EXISTS eventstore_schema (
    version integer PRIMARY KEY,
    layout text NOT NULL,
    data_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO eventstore_schema (version, layout, data_type) VALUES (1, 'original', 'bytea')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION event_store_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

DROP TRIGGER IF EXISTS no_truncate_events ON events;

CREATE TRIGGER no_truncate_events BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate events');

DROP TRIGGER IF EXISTS no_truncate_stream_events ON stream_events;

CREATE TRIGGER no_truncate_stream_events BEFORE TRUNCATE ON stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate stream events');

DROP TRIGGER IF EXISTS no_truncate_streams ON streams;

CREATE TRIGGER no_truncate_streams BEFORE TRUNCATE ON streams
    FOR EACH STATEMENT EXECUTE FUNCTION event_store_truncate('Cannot truncate streams');

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
