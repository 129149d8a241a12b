WITH exchanged AS MATERIALIZED (
    SELECT oid, relname, relowner
    FROM pg_catalog.pg_class
    WHERE oid IN (to_regclass($1 || '.events'), to_regclass($1 || '.stream_events'))
)
SELECT
    pg_has_role(stream.relowner, 'USAGE') AND (SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM exchanged) AS is_owner,
    to_regclass($1 || '.eventstore_original_events')::text AS kept,
    (
        SELECT min(dependent)
        FROM (
            SELECT conrelid::regclass::text AS dependent
            FROM pg_catalog.pg_constraint
            WHERE contype = 'f' AND confrelid IN (SELECT oid FROM exchanged) AND conrelid NOT IN (SELECT oid FROM exchanged)
            UNION ALL
            SELECT rule.ev_class::regclass::text
            FROM pg_catalog.pg_depend AS depend
            JOIN pg_catalog.pg_rewrite AS rule ON rule.oid = depend.objid
            WHERE depend.classid = 'pg_catalog.pg_rewrite'::regclass
                AND depend.refclassid = 'pg_catalog.pg_class'::regclass
                AND depend.refobjid IN (SELECT oid FROM exchanged)
        ) AS dependents
    ) AS dependent,
    -- What is neither the other library's nor ours, and would be lost with the tables.
    (
        SELECT string_agg(extra, ', ' ORDER BY extra)
        FROM (
            SELECT 'the column ' || quote_ident(attname) || ' of ' || relname AS extra
            FROM pg_catalog.pg_attribute
            JOIN exchanged ON exchanged.oid = attrelid
            WHERE attnum > 0 AND NOT attisdropped AND attname NOT IN (
                'event_id', 'event_type', 'causation_id', 'correlation_id', 'data', 'metadata', 'created_at',
                'stream_id', 'stream_version', 'original_stream_id', 'original_stream_version'
            )
            UNION ALL
            SELECT 'the trigger ' || quote_ident(tgname) || ' of ' || relname
            FROM pg_catalog.pg_trigger
            JOIN exchanged ON exchanged.oid = tgrelid
            WHERE NOT tgisinternal AND tgname NOT IN (
                'no_update_events', 'no_delete_events', 'no_truncate_events',
                'no_update_stream_events', 'no_delete_stream_events', 'no_truncate_stream_events'
            )
            UNION ALL
            SELECT 'the publication ' || quote_ident(pubname) || ' of ' || relname
            FROM pg_catalog.pg_publication_rel
            JOIN pg_catalog.pg_publication ON pg_publication.oid = prpubid
            JOIN exchanged ON exchanged.oid = prrelid
            UNION ALL
            SELECT 'the policy ' || quote_ident(polname) || ' of ' || relname
            FROM pg_catalog.pg_policy
            JOIN exchanged ON exchanged.oid = polrelid
        ) AS extras
    ) AS extras
FROM pg_catalog.pg_class AS stream
WHERE stream.oid = to_regclass($1 || '.streams')
