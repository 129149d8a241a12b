-- Fails while a single holder has the lock, and keeps one from taking it until the transaction ends.
SELECT pg_try_advisory_xact_lock_shared(tableoid::int4, $2)
FROM {schema}.subscriptions
WHERE subscription_id = $1
