DELETE FROM eventstore_groups WHERE subscription_id = ?1
