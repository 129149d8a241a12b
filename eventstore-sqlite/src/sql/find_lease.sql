SELECT lease_boot, lease_until FROM eventstore_subscriptions WHERE stream = ?1 AND name = ?2
