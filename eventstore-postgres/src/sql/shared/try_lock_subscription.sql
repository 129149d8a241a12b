SELECT pg_try_advisory_lock($1::text::regclass::oid::int4, $2)
