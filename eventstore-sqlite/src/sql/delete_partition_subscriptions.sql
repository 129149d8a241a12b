DELETE FROM eventstore_subscriptions
WHERE id IN (SELECT part.subscription_id FROM eventstore_group_partitions AS part WHERE part.group_id = ?1)
