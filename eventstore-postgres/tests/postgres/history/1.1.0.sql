CREATE OR REPLACE FUNCTION notify_events() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM pg_notify(
        TG_TABLE_SCHEMA || '.events',
        NEW.stream_uuid || ',' || NEW.stream_id || ',' || (OLD.stream_version + 1) || ',' || NEW.stream_version
    );
    RETURN NEW;
END;
$function$;

INSERT INTO schema_migrations (major_version, minor_version, patch_version) VALUES (1, 1, 0);
