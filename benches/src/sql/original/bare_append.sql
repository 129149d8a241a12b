WITH moved AS (
    UPDATE streams AS stream
    SET stream_version = stream.stream_version + $2
    FROM unnest($1) WITH ORDINALITY AS append (stream_uuid, ordinal)
    WHERE stream.stream_uuid = append.stream_uuid
    RETURNING append.ordinal, stream.stream_id, stream.stream_version - $2 AS version_before
),
-- An element of an array is found at once, whatever a planner thinks of the number of rows.
target AS (
    SELECT
        array_agg(stream_id ORDER BY ordinal) AS stream_ids,
        array_agg(version_before ORDER BY ordinal) AS versions_before
    FROM moved
),
head AS (
    UPDATE streams
    SET stream_version = stream_version + $2 * cardinality($1)
    WHERE stream_id = 0
    RETURNING stream_version - $2 * cardinality($1) AS position_before
),
inserted AS (
    INSERT INTO events (event_id, created_at, event_type, data, metadata)
    SELECT event.event_id, event.created_at, event.event_type, event.data, 'null'
    FROM unnest($3, $4, $5, $6) AS event (event_id, created_at, event_type, data)
)
INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
SELECT event.event_id, place.stream_id, place.stream_version, origin.stream_id, origin.stream_version
FROM target
CROSS JOIN head
CROSS JOIN unnest($3) WITH ORDINALITY AS event (event_id, ordinal)
CROSS JOIN LATERAL (
    VALUES (
        target.stream_ids[(event.ordinal - 1) / $2 + 1],
        target.versions_before[(event.ordinal - 1) / $2 + 1] + (event.ordinal - 1) % $2 + 1
    )
) AS origin (stream_id, stream_version)
CROSS JOIN LATERAL (
    VALUES (origin.stream_id, origin.stream_version), (0, head.position_before + event.ordinal)
) AS place (stream_id, stream_version)
