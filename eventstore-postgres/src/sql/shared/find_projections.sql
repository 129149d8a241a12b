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
        (to_regclass($1 || '.eventstore_projections')),
        (to_regclass($1 || '.eventstore_projection_builds'))
) AS found (name)
