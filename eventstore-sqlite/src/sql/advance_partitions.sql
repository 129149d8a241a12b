-- ?1: the id of a group. What a single holder has acknowledged, every partition has.
UPDATE eventstore_subscriptions AS subscription
SET checkpoint = own.checkpoint
FROM eventstore_subscriptions AS own
WHERE own.id = ?1 AND subscription.checkpoint < own.checkpoint
    AND subscription.id IN (SELECT part.subscription_id FROM eventstore_group_partitions AS part WHERE part.group_id = ?1)
