SELECT
    bool_and(name IS NOT NULL) AS are_there,
    coalesce(bool_and(coalesce(has_table_privilege(name, 'SELECT'), false)), false) AS can_read,
    coalesce(
        bool_and(
            coalesce(
                has_table_privilege(name, 'SELECT')
                    AND has_table_privilege(name, 'INSERT')
                    AND has_table_privilege(name, 'UPDATE')
                    AND has_table_privilege(name, 'DELETE'),
                false
            )
        ),
        false
    ) AS can_write
FROM (
    VALUES
        (to_regclass($1 || '.eventstore_groups')),
        (to_regclass($1 || '.eventstore_group_members')),
        (to_regclass($1 || '.eventstore_group_partitions'))
) AS found (name)
