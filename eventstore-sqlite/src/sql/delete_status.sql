DELETE FROM eventstore_subscription_statuses WHERE subscription_id = ?1
