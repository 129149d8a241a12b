DO $block$
DECLARE
    rule record;
BEGIN
    FOR rule IN
        SELECT rulename, ev_class::regclass AS table_name
        FROM pg_catalog.pg_rewrite
        WHERE ev_class IN (
                to_regclass(current_setting('eventstore.schema') || '.events'),
                to_regclass(current_setting('eventstore.schema') || '.stream_events')
            )
            AND ev_type IN ('2', '4')
            AND is_instead
    LOOP
        EXECUTE format('DROP RULE %I ON %s', rule.rulename, rule.table_name);
    END LOOP;
END;
$block$
