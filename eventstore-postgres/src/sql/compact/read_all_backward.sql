SELECT
    head.stream_version AS head, event.position AS event_number, event.stream_version,
    (SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = event.stream_id) AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.data, event.metadata, event.created_at
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.events
    WHERE position <= $1
    ORDER BY position DESC
    LIMIT $2
) AS event ON true
WHERE head.stream_id = 0
ORDER BY event.position DESC
