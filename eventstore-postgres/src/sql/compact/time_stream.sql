SELECT stream.stream_version AS head, stream.deleted_at IS NOT NULL AS is_deleted, event.event_number
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    (
        SELECT own.stream_version AS event_number
        FROM {schema}.events AS own
        WHERE own.stream_id = stream.stream_id AND own.stream_version BETWEEN $1 AND $2 AND own.created_at >= $3
        ORDER BY own.stream_version
        LIMIT 1
    )
    UNION ALL
    (
        SELECT link.stream_version AS event_number
        FROM {schema}.links AS link
        CROSS JOIN LATERAL (
            -- The limit keeps the planner from looking through the whole table.
            SELECT created_at FROM {schema}.events WHERE position = link.position LIMIT 1
        ) AS linked
        WHERE link.stream_id = stream.stream_id AND link.stream_version BETWEEN $1 AND $2 AND linked.created_at >= $3
        ORDER BY link.stream_version
        LIMIT 1
    )
    ORDER BY event_number
    LIMIT 1
) AS event ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $4
