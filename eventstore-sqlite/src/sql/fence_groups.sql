-- ?1: a JSON array of ids of groups. From now on, what the holders of their partitions store is refused.
UPDATE eventstore_subscriptions
SET lease_epoch = lease_epoch + 1
WHERE id IN (
    SELECT part.subscription_id
    FROM eventstore_group_partitions AS part
    WHERE part.group_id IN (SELECT value FROM json_each(?1))
)
