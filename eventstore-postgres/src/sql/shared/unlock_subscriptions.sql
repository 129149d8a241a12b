SELECT count(*) FILTER (WHERE pg_advisory_unlock($1::text::regclass::oid::int4, key)) AS unlocked
FROM unnest($2::int4[]) AS key
