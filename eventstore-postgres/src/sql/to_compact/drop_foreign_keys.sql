-- What is kept must not hold on to streams.

DO $block$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT conname, conrelid::regclass AS table_name
        FROM pg_catalog.pg_constraint
        WHERE contype = 'f' AND conrelid = to_regclass(current_setting('eventstore.schema') || '.stream_events')
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.table_name, key.conname);
    END LOOP;
END;
$block$
