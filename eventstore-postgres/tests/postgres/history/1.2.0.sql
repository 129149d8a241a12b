DROP RULE no_update_stream_events ON stream_events;
DROP RULE no_delete_stream_events ON stream_events;
DROP RULE no_update_events ON events;
DROP RULE no_delete_events ON events;

ALTER TABLE streams ADD COLUMN deleted_at timestamptz;

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

CREATE TRIGGER no_update_stream_events BEFORE UPDATE ON stream_events
    FOR EACH STATEMENT EXECUTE PROCEDURE event_store_exception('Cannot update stream events');
CREATE TRIGGER no_delete_stream_events BEFORE DELETE ON stream_events
    FOR EACH STATEMENT EXECUTE PROCEDURE event_store_delete('Cannot delete stream events');
CREATE TRIGGER no_update_events BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE PROCEDURE event_store_exception('Cannot update events');
CREATE TRIGGER no_delete_events BEFORE DELETE ON events
    FOR EACH STATEMENT EXECUTE PROCEDURE event_store_delete('Cannot delete events');
CREATE TRIGGER no_delete_streams BEFORE DELETE ON streams
    FOR EACH STATEMENT EXECUTE PROCEDURE event_store_delete('Cannot delete streams');

INSERT INTO schema_migrations (major_version, minor_version, patch_version) VALUES (1, 2, 0);
