SELECT
    stream.stream_version AS head, stream.deleted_at IS NOT NULL AS is_deleted,
    event.event_number, event.stream_version,
    CASE
        WHEN event.stream_id <> stream.stream_id
        THEN (SELECT source.stream_uuid FROM {schema}.streams AS source WHERE source.stream_id = event.stream_id)
    END AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.data, event.metadata, event.created_at
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    (
        SELECT own.stream_version AS event_number, own.*
        FROM {schema}.events AS own
        WHERE own.stream_id = stream.stream_id AND own.stream_version >= $1
        ORDER BY own.stream_version
        LIMIT $2
    )
    UNION ALL
    (
        SELECT link.stream_version AS event_number, linked.*
        FROM {schema}.links AS link
        JOIN {schema}.events AS linked USING (position)
        WHERE link.stream_id = stream.stream_id AND link.stream_version >= $1
        ORDER BY link.stream_version
        LIMIT $2
    )
    ORDER BY event_number
    LIMIT $2
) AS event ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $3
ORDER BY event.event_number
