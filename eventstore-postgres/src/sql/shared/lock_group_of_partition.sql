-- The row of the group's subscription, if the key is that of a partition: changes of a group lock it before they lock partitions.
SELECT own.subscription_id
FROM {schema}.subscriptions AS subscription
JOIN {schema}.eventstore_group_partitions AS partition ON partition.subscription_id = subscription.subscription_id
JOIN {schema}.eventstore_groups AS shared ON shared.subscription_id = partition.group_id
JOIN {schema}.subscriptions AS own ON own.subscription_id = shared.subscription_id AND own.created_at = shared.created_at
WHERE subscription.stream_uuid = $1 AND subscription.subscription_name = $2
FOR UPDATE OF own
