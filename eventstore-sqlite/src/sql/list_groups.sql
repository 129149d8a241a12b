SELECT own.id, own.stream, own.name, shared.partitions, shared.ordering, shared.policy
FROM eventstore_groups AS shared
JOIN eventstore_subscriptions AS own ON own.id = shared.subscription_id
ORDER BY own.stream, own.name
