SELECT
    coalesce(has_table_privilege(statuses, 'SELECT'), false) AS can_read,
    coalesce(
        has_table_privilege(statuses, 'SELECT')
            AND has_table_privilege(statuses, 'INSERT')
            AND has_table_privilege(statuses, 'UPDATE')
            AND has_table_privilege(statuses, 'DELETE'),
        false
    ) AS can_write
FROM (SELECT to_regclass($1 || '.eventstore_subscription_statuses')::oid AS statuses) AS found
