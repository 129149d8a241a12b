INSERT INTO {schema}.streams AS stream (stream_uuid, created_at)
SELECT wanted.name, coalesce(wanted.created_at, now())
FROM unnest($1::text[], $2::boolean[], $3::timestamptz[]) AS wanted (name, may_create, created_at)
WHERE wanted.may_create
    OR EXISTS (SELECT FROM {schema}.streams AS known WHERE known.stream_uuid = wanted.name)
-- All writers lock streams in this order, so that no two wait for each other.
ORDER BY wanted.name COLLATE "C"
-- The update changes nothing and locks the row, which DO NOTHING would not.
ON CONFLICT (stream_uuid) DO UPDATE SET stream_version = stream.stream_version
-- A row that was inserted here has no xmax, unlike one that the conflict has locked.
RETURNING stream_uuid, xmax = 0 AS is_new
