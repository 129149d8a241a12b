CREATE OR REPLACE FUNCTION {schema}.notify_events() RETURNS trigger LANGUAGE plpgsql AS $function$
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
