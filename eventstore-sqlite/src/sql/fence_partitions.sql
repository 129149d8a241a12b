-- ?1: a JSON array of ids of partitions. From now on, what earlier holders store is refused.
UPDATE eventstore_subscriptions
SET lease_epoch = lease_epoch + 1, lease_boot = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(?1))
RETURNING
    (SELECT part.partition FROM eventstore_group_partitions AS part WHERE part.subscription_id = id) AS partition,
    id, lease_epoch, checkpoint
