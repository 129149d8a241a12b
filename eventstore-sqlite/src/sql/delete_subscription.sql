DELETE FROM eventstore_subscriptions WHERE id = ?1
