-- ?1: the id of a group.
SELECT min(subscription.checkpoint)
FROM eventstore_group_partitions AS part
JOIN eventstore_subscriptions AS subscription ON subscription.id = part.subscription_id
WHERE part.group_id = ?1
