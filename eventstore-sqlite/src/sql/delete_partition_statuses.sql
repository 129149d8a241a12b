DELETE FROM eventstore_subscription_statuses
WHERE subscription_id IN (SELECT part.subscription_id FROM eventstore_group_partitions AS part WHERE part.group_id = ?1)
