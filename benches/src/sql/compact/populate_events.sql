INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
SELECT
    $4 + ordinal, $3 + (ordinal - 1) / $5 + 1, (ordinal - 1) % $5 + 1, now(),
    -- In the order of time, as ids of version 7 are.
    lpad(to_hex($4 + ordinal), 32, '0')::uuid, $6, $7
FROM generate_series($1, $2) AS ordinal
