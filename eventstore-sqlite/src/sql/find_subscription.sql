SELECT id, checkpoint FROM eventstore_subscriptions WHERE stream = ?1 AND name = ?2
