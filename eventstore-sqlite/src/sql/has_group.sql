SELECT 1 FROM eventstore_groups WHERE subscription_id = ?1
