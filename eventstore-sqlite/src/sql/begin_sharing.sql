-- ?1: the id of a group. From now on, what a single holder stores is refused.
UPDATE eventstore_subscriptions SET lease_epoch = lease_epoch + 1, lease_boot = NULL, lease_until = NULL WHERE id = ?1
