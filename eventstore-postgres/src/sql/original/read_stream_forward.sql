SELECT
    stream.stream_version AS head, stream.deleted_at IS NOT NULL AS is_deleted,
    placed.stream_version AS event_number, placed.original_stream_version AS stream_version,
    CASE
        WHEN placed.original_stream_id <> stream.stream_id
        THEN (
            SELECT source.stream_uuid FROM {schema}.streams AS source WHERE source.stream_id = placed.original_stream_id
        )
    END AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.data, nullif(event.metadata, 'null') AS metadata, event.created_at
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.stream_events
    WHERE stream_id = stream.stream_id AND stream_version >= $1
    ORDER BY stream_version
    LIMIT $2
) AS placed ON stream.deleted_at IS NULL
LEFT JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
) AS event ON true
WHERE stream.stream_uuid = $3
ORDER BY placed.stream_version
