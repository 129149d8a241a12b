SELECT sum(pg_total_relation_size(oid))::bigint
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
