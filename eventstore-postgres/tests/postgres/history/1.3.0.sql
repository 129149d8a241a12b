DROP TRIGGER event_notification ON streams;

CREATE OR REPLACE FUNCTION notify_events() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM pg_notify(
        TG_TABLE_SCHEMA || '.events',
        NEW.stream_uuid || ',' || NEW.stream_id || ',' || (coalesce(OLD.stream_version, 0) + 1) || ',' || NEW.stream_version
    );
    RETURN NULL;
END;
$function$;

CREATE TRIGGER event_notification AFTER INSERT OR UPDATE ON streams FOR EACH ROW EXECUTE PROCEDURE notify_events();

INSERT INTO schema_migrations (major_version, minor_version, patch_version) VALUES (1, 3, 0);
