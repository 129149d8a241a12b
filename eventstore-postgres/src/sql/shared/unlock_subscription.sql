SELECT pg_advisory_unlock($1::text::regclass::oid::int4, $2)
