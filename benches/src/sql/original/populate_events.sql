WITH event AS MATERIALIZED (
    SELECT
        $4 + ordinal AS position, $3 + (ordinal - 1) / $5 + 1 AS stream_id, (ordinal - 1) % $5 + 1 AS stream_version,
        -- In the order of time, as ids of version 7 are.
        lpad(to_hex($4 + ordinal), 32, '0')::uuid AS event_id
    FROM generate_series($1, $2) AS ordinal
),
inserted AS (
    INSERT INTO events (event_id, event_type, data, metadata)
    SELECT event_id, $6, $7, 'null'
    FROM event
)
INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
SELECT event_id, place.stream_id, place.stream_version, event.stream_id, event.stream_version
FROM event
CROSS JOIN LATERAL (VALUES (event.stream_id, event.stream_version), (0, event.position)) AS place (stream_id, stream_version)
