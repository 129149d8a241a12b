DELETE FROM {schema}.eventstore_subscription_statuses AS status
USING {schema}.eventstore_group_partitions AS partition
WHERE partition.group_id = $1 AND status.subscription_id = partition.subscription_id
