CREATE TRIGGER no_update_events BEFORE UPDATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update events');

CREATE TRIGGER no_delete_events BEFORE DELETE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete events');

CREATE TRIGGER no_truncate_events BEFORE TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate events');

CREATE TRIGGER no_update_links BEFORE UPDATE ON {schema}.links
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot update links');

CREATE TRIGGER no_delete_links BEFORE DELETE ON {schema}.links
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_delete('Cannot delete links');

CREATE TRIGGER no_truncate_links BEFORE TRUNCATE ON {schema}.links
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_truncate('Cannot truncate links');
