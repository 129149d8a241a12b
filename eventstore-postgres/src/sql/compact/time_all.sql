SELECT head.stream_version AS head, event.position AS event_number
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT position
    FROM {schema}.events
    WHERE position BETWEEN $1 AND $2 AND created_at >= $3
    ORDER BY position
    LIMIT 1
) AS event ON true
WHERE head.stream_id = 0
