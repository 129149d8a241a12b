-- ?1: a JSON array of pairs, stream and name.
SELECT subscription.id
FROM json_each(?1) AS wanted
JOIN eventstore_subscriptions AS subscription
    ON subscription.stream = wanted.value ->> 0 AND subscription.name = wanted.value ->> 1
JOIN eventstore_group_partitions AS part ON part.subscription_id = subscription.id
JOIN eventstore_subscriptions AS own ON own.id = part.group_id
