SELECT pg_advisory_xact_lock(to_regclass($1 || '.subscriptions')::oid::int4, -1)
