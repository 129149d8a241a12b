-- ?1: the id of a group. A process that opened the file before it had groups may have deleted the subscription of a partition.
SELECT part.partition
FROM eventstore_group_partitions AS part
JOIN eventstore_subscriptions AS subscription ON subscription.id = part.subscription_id
WHERE part.group_id = ?1
