SELECT sum(pg_total_relation_size(oid))::bigint
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
