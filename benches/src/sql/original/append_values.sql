WITH event (event_id, event_type, causation_id, correlation_id, data, metadata, created_at, ordinal) AS (
    VALUES {rows}
),
inserted AS (
    INSERT INTO events (event_id, event_type, causation_id, correlation_id, data, metadata, created_at)
    SELECT event_id, event_type, causation_id, correlation_id, data, metadata, created_at
    FROM event
),
moved AS (
    UPDATE streams SET stream_version = stream_version + $2
    WHERE stream_id = $1
    RETURNING stream_version - $2 AS version_before
),
head AS (
    UPDATE streams SET stream_version = stream_version + $2
    WHERE stream_id = 0 AND EXISTS (SELECT FROM moved)
    RETURNING stream_version - $2 AS position_before
),
placed AS (
    INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
    SELECT event_id, $1, version_before + ordinal, $1, version_before + ordinal
    FROM event
    CROSS JOIN moved
)
INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
SELECT event_id, 0, position_before + ordinal, $1, version_before + ordinal
FROM event
CROSS JOIN moved
CROSS JOIN head
