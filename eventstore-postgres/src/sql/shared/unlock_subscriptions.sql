-- Of a table that is no more, nothing is unlocked: no one asks for these locks again.
SELECT count(*) FILTER (WHERE pg_advisory_unlock(to_regclass($1::text)::oid::int4, key)) AS unlocked
FROM unnest($2::int4[]) AS key
