-- $1: the first position. $2: how many events. $3: the id of their cause. $4: the share of a payload.
SELECT
    head.stream_version AS head, event.position AS event_number, event.stream_version,
    coalesce(
        (SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = event.stream_id), '$all'
    ) AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $4} AND {fits event.metadata $4} THEN event.data END AS data,
    CASE WHEN {fits event.metadata $4} THEN event.metadata END AS metadata, event.created_at
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT *
    FROM {schema}.events AS candidate
    WHERE candidate.causation_id = $3
        AND candidate.position >= $1
    ORDER BY candidate.position
    LIMIT $2
) AS event ON true
WHERE head.stream_id = 0
ORDER BY event.position
