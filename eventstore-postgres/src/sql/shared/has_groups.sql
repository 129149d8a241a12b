SELECT to_regclass($1 || '.eventstore_groups') IS NOT NULL
    AND to_regclass($1 || '.eventstore_group_members') IS NOT NULL
    AND to_regclass($1 || '.eventstore_group_partitions') IS NOT NULL
