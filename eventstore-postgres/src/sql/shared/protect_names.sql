-- A user who may change versions must not rename a stream. No append names these columns, so the protection costs nothing.

DROP TRIGGER IF EXISTS no_rename_streams ON {schema}.streams;

CREATE TRIGGER no_rename_streams BEFORE UPDATE OF stream_id, stream_uuid ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.event_store_exception('Cannot rename streams');
