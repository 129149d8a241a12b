-- Locks of the session outlast a statement that took them and then failed. $2 are the keys of the leases that are held.
SELECT count(*) FILTER (WHERE pg_advisory_unlock(classid::int4, objid::int4)) AS unlocked
FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND objsubid = 2
    AND classid = to_regclass($1::text)::oid AND objid::int4 <> ALL ($2::int4[])
