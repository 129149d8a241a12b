-- ?1: the id of a group. ?2: the checkpoint. From now on, what their holders store is refused.
UPDATE eventstore_subscriptions
SET checkpoint = ?2, lease_epoch = lease_epoch + 1, lease_boot = NULL, lease_until = NULL
WHERE id IN (SELECT part.subscription_id FROM eventstore_group_partitions AS part WHERE part.group_id = ?1)
