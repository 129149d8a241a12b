SELECT pg_try_advisory_xact_lock(tableoid::int4, $2)
FROM {schema}.subscriptions
WHERE subscription_id = $1
