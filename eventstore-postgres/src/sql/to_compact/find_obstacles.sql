WITH exchanged AS MATERIALIZED (
    SELECT oid, relowner
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
    ) AS dependent
FROM pg_catalog.pg_class AS stream
WHERE stream.oid = to_regclass($1 || '.streams')
