-- What keeps the server from changing the collation of a column.
SELECT min(rule.ev_class::regclass::text)
FROM pg_catalog.pg_depend AS depend
JOIN pg_catalog.pg_rewrite AS rule ON rule.oid = depend.objid
JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = depend.refobjid AND attribute.attnum = depend.refobjsubid
WHERE depend.classid = 'pg_catalog.pg_rewrite'::regclass
    AND depend.refclassid = 'pg_catalog.pg_class'::regclass
    AND depend.refobjid IN (
        to_regclass($1 || '.streams'), to_regclass($1 || '.snapshots'), to_regclass($1 || '.subscriptions')
    )
    AND attribute.attname IN ('stream_uuid', 'source_uuid', 'subscription_name')
