-- ?1: the group. ?2: the member.
SELECT part.partition, subscription.id, subscription.lease_epoch, subscription.checkpoint
FROM eventstore_group_partitions AS part
JOIN eventstore_subscriptions AS subscription ON subscription.id = part.subscription_id
WHERE part.group_id = ?1 AND part.member = ?2
ORDER BY part.partition
