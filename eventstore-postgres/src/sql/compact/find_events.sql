SELECT
    event.event_id, event.position, event.stream_version, stream.stream_uuid,
    -- Without a type to compare with, the content does not matter.
    coalesce(event.event_type = given.event_type AND event.data = given.data, true) AS has_same_content
FROM unnest($1::uuid[], $2::text[], $3::{payload}[]) AS given (event_id, event_type, data)
CROSS JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.events WHERE event_id = given.event_id LIMIT 1
) AS event
JOIN {schema}.streams AS stream USING (stream_id)
