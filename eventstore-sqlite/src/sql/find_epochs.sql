-- ?1: a JSON array of ids.
SELECT id, lease_epoch FROM eventstore_subscriptions WHERE id IN (SELECT value FROM json_each(?1))
