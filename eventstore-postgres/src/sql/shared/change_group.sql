UPDATE {schema}.eventstore_groups
SET partitions = $2, ordering = $3, policy = $4
WHERE subscription_id = $1
