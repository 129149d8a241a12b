-- A transaction that has locked the row of a member locks nothing after it but the rows of its partitions.
WITH left_behind AS (
    DELETE FROM {schema}.eventstore_group_members WHERE group_id = $1 AND member = $2
)
UPDATE {schema}.eventstore_group_partitions SET member = NULL WHERE group_id = $1 AND member = $2
