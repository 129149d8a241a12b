SELECT
    head.stream_version AS head, placed.stream_version AS event_number,
    placed.original_stream_version AS stream_version,
    (
        SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = placed.original_stream_id
    ) AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.data, nullif(event.metadata, 'null') AS metadata, event.created_at
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.stream_events
    WHERE stream_id = 0 AND stream_version <= $1
    ORDER BY stream_version DESC
    LIMIT $2
) AS placed ON true
LEFT JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
) AS event ON true
WHERE head.stream_id = 0
ORDER BY placed.stream_version DESC
