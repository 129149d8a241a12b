UPDATE {schema}.eventstore_group_partitions
SET member = NULL
WHERE group_id = $1 AND member = $2 AND partition = ANY ($3::integer[])
