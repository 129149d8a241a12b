SELECT lease_epoch, checkpoint FROM eventstore_subscriptions WHERE id = ?1
