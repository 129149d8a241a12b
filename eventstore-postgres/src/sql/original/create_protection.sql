CREATE OR REPLACE FUNCTION {schema}.event_store_exception() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0];
END;
$function$;

CREATE OR REPLACE FUNCTION {schema}.event_store_delete() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('eventstore.enable_hard_deletes', true) = 'on'
        OR current_setting('eventstore.reset', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'EventStore: %', TG_ARGV[0] USING ERRCODE = 'feature_not_supported';
END;
$function$;

DROP TRIGGER IF EXISTS no_update_events ON {schema}.events;

CREATE TRIGGER no_update_events BEFORE UPDATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update events');

DROP TRIGGER IF EXISTS no_delete_events ON {schema}.events;

CREATE TRIGGER no_delete_events BEFORE DELETE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete events');

DROP TRIGGER IF EXISTS no_update_stream_events ON {schema}.stream_events;

CREATE TRIGGER no_update_stream_events BEFORE UPDATE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update stream events');

DROP TRIGGER IF EXISTS no_delete_stream_events ON {schema}.stream_events;

CREATE TRIGGER no_delete_stream_events BEFORE DELETE ON {schema}.stream_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete stream events');

DROP TRIGGER IF EXISTS no_delete_streams ON {schema}.streams;

CREATE TRIGGER no_delete_streams BEFORE DELETE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete streams');
