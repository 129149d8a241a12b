SELECT NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend
    WHERE refclassid = 'pg_catalog.pg_namespace'::regclass AND refobjid = to_regnamespace($1) AND deptype = 'n'
) AND to_regnamespace($1) IS NOT NULL
