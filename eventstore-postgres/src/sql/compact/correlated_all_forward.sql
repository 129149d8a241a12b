SELECT
    head.stream_version AS head, event.position AS event_number, event.stream_version,
    coalesce(
        (SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = event.stream_id), '$all'
    ) AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $7} AND {fits event.metadata $7} THEN event.data END AS data,
    CASE WHEN {fits event.metadata $7} THEN event.metadata END AS metadata, event.created_at
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.events AS candidate
    WHERE candidate.correlation_id = $4
        AND candidate.position >= $1
        AND ($3::text[] IS NULL OR candidate.event_type = ANY($3))
        AND (
            ($5::text IS NULL AND $6::text IS NULL)
            OR (
                SELECT
                    ($5::text IS NULL OR starts_with(origin.stream_uuid, $5))
                    AND ($6::text IS NULL OR split_part(origin.stream_uuid, '-', 1) = $6)
                FROM {schema}.streams AS origin
                WHERE origin.stream_id = candidate.stream_id
            )
        )
    ORDER BY candidate.position
    LIMIT $2
) AS event ON true
WHERE head.stream_id = 0
ORDER BY event.position
