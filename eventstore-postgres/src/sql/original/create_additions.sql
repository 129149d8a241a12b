-- This is not the other library's: it may be missing, and none of the statements depends on it.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_schema (
    version integer PRIMARY KEY,
    layout text NOT NULL,
    data_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO {schema}.eventstore_schema (version, layout, data_type) VALUES (2, 'original', '{payload}')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION {schema}.event_store_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

DROP TRIGGER IF EXISTS no_truncate_events ON {schema}.events;

CREATE TRIGGER no_truncate_events BEFORE TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate events');

DROP TRIGGER IF EXISTS no_truncate_stream_events ON {schema}.stream_events;

CREATE TRIGGER no_truncate_stream_events BEFORE TRUNCATE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate stream events');

DROP TRIGGER IF EXISTS no_truncate_streams ON {schema}.streams;

CREATE TRIGGER no_truncate_streams BEFORE TRUNCATE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate streams');
