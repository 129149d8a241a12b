DELETE FROM eventstore_parked_events WHERE subscription_id = ?1
