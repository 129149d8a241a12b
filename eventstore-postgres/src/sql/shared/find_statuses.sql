SELECT
    coalesce(has_table_privilege(statuses, 'SELECT'), false) AS can_read,
    coalesce(
        has_table_privilege(statuses, 'SELECT')
            AND has_table_privilege(statuses, 'INSERT')
            AND has_table_privilege(statuses, 'UPDATE')
            AND has_table_privilege(statuses, 'DELETE'),
        false
    ) AS can_write
FROM (
    SELECT (
        SELECT attrelid
        FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass($1 || '.eventstore_subscription_statuses') AND attname = 'is_running'
    ) AS statuses
) AS found
