UPDATE eventstore_subscriptions SET checkpoint = ?2 WHERE id = ?1
