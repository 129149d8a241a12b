-- $1: the first position. $2: how many events. $3: the id of their cause. $4: the share of a payload.
SELECT
    head.stream_version AS head, event.event_number, event.original_stream_version AS stream_version,
    coalesce(
        (SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = event.original_stream_id), '$all'
    ) AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $4} AND {fits event.metadata $4} THEN event.data END AS data,
    nullif(CASE WHEN {fits event.metadata $4} THEN event.metadata END, 'null') AS metadata, event.created_at
FROM {schema}.streams AS head
LEFT JOIN LATERAL (
    SELECT
        placed.stream_version AS event_number, placed.original_stream_id, placed.original_stream_version, candidate.*
    FROM {schema}.events AS candidate
    CROSS JOIN LATERAL (
        -- The limit keeps the planner from hashing the whole table.
        SELECT * FROM {schema}.stream_events WHERE event_id = candidate.event_id AND stream_id = 0 LIMIT 1
    ) AS placed
    WHERE candidate.causation_id = $3
        AND placed.stream_version >= $1
    ORDER BY placed.stream_version
    LIMIT $2
) AS event ON true
WHERE head.stream_id = 0
ORDER BY event.event_number
