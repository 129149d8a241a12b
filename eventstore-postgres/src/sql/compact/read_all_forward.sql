SELECT
    stream_version AS head, 0::bigint AS event_number, NULL::bigint AS stream_version, NULL::text AS stream_uuid,
    NULL::uuid AS event_id, NULL::text AS event_type, NULL::uuid AS causation_id, NULL::uuid AS correlation_id,
    NULL::{payload} AS data, NULL::{payload} AS metadata, NULL::timestamptz AS created_at
FROM {schema}.streams
WHERE stream_id = 0
UNION ALL
SELECT
    NULL, event.position, event.stream_version,
    -- The name is left out if the event before is of the same stream.
    CASE
        WHEN event.stream_id IS DISTINCT FROM lag(event.stream_id) OVER (ORDER BY event.position)
        THEN coalesce(
            (SELECT stream.stream_uuid FROM {schema}.streams AS stream WHERE stream.stream_id = event.stream_id), '$all'
        )
    END,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $3} AND {fits event.metadata $3} THEN event.data END,
    CASE WHEN {fits event.metadata $3} THEN event.metadata END, event.created_at
FROM (
    SELECT *
    FROM {schema}.events
    WHERE position >= $1
    ORDER BY position
    LIMIT $2
) AS event
ORDER BY event_number
