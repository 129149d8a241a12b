DROP TRIGGER IF EXISTS event_notification ON {schema}.streams;

CREATE TRIGGER event_notification AFTER INSERT OR UPDATE ON {schema}.streams
    FOR EACH ROW EXECUTE FUNCTION {schema}.notify_events();
