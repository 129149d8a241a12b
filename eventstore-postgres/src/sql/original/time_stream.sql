SELECT stream.stream_version AS head, stream.deleted_at IS NOT NULL AS is_deleted, placed.stream_version AS event_number
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    SELECT place.stream_version
    FROM {schema}.stream_events AS place
    CROSS JOIN LATERAL (
        -- The limit keeps the planner from hashing the whole table.
        SELECT created_at FROM {schema}.events WHERE event_id = place.event_id LIMIT 1
    ) AS event
    WHERE place.stream_id = stream.stream_id AND place.stream_version BETWEEN $1 AND $2 AND event.created_at >= $3
    ORDER BY place.stream_version
    LIMIT 1
) AS placed ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $4
