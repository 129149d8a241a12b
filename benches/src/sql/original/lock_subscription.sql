SELECT pg_try_advisory_lock('subscriptions'::regclass::oid::int, $1)
