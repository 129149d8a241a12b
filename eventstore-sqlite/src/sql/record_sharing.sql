UPDATE eventstore_groups AS shared
SET lease_epoch = (SELECT own.lease_epoch FROM eventstore_subscriptions AS own WHERE own.id = ?1)
WHERE shared.subscription_id = ?1
