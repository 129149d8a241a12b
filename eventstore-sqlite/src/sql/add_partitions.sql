-- ?1: the id of a group. ?2: a JSON array of arrays: stream, name, checkpoint, number of the partition.
INSERT INTO eventstore_group_partitions (subscription_id, group_id, partition)
SELECT subscription.id, ?1, added.value ->> 3
FROM json_each(?2) AS added
JOIN eventstore_subscriptions AS subscription
    ON subscription.stream = added.value ->> 0 AND subscription.name = added.value ->> 1
