SELECT
    stream.stream_version AS head, stream.deleted_at IS NOT NULL AS is_deleted,
    event.stream_version AS event_number, event.stream_version, NULL AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.data, event.metadata, event.created_at
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.events
    WHERE stream_id = stream.stream_id AND stream_version >= $1
    ORDER BY stream_version
    LIMIT $2
) AS event ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $3
ORDER BY event.stream_version
