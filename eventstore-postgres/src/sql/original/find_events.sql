SELECT
    placed.event_id, placed.stream_version AS position, placed.original_stream_version AS stream_version,
    stream.stream_uuid,
    -- Without a type to compare with, the content does not matter, and is not looked at.
    given.event_type IS NULL OR coalesce(
        (
            SELECT event.event_type = given.event_type AND event.data = given.data
            FROM {schema}.events AS event
            WHERE event.event_id = placed.event_id
        ),
        false
    ) AS has_same_content
FROM unnest($1::uuid[], $2::text[], $3::{payload}[]) AS given (event_id, event_type, data)
CROSS JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.stream_events WHERE stream_id = 0 AND event_id = given.event_id LIMIT 1
) AS placed
JOIN {schema}.streams AS stream ON stream.stream_id = placed.original_stream_id
