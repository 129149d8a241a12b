-- Those of before have been removed: a single holder has had the lease since.
UPDATE {schema}.eventstore_groups AS shared
SET lease_epoch = own.lease_epoch
FROM {schema}.subscriptions AS own
WHERE shared.subscription_id = $1 AND own.subscription_id = $1
