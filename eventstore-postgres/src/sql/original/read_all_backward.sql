SELECT
    stream_version AS head, 9223372036854775807::bigint AS event_number, NULL::bigint AS stream_version, NULL::text AS stream_uuid,
    NULL::uuid AS event_id, NULL::text AS event_type, NULL::uuid AS causation_id, NULL::uuid AS correlation_id,
    NULL::{payload} AS data, NULL::{payload} AS metadata, NULL::timestamptz AS created_at
FROM {schema}.streams
WHERE stream_id = 0
UNION ALL
SELECT
    NULL, placed.stream_version, placed.original_stream_version,
    -- The name is left out if the event before is of the same stream.
    CASE
        WHEN placed.original_stream_id IS DISTINCT FROM
            lag(placed.original_stream_id) OVER (ORDER BY placed.stream_version DESC)
        THEN coalesce(
            (
                SELECT stream.stream_uuid
                FROM {schema}.streams AS stream
                WHERE stream.stream_id = placed.original_stream_id
            ),
            '$all'
        )
    END,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $3} AND {fits event.metadata $3} THEN event.data END,
    nullif(CASE WHEN {fits event.metadata $3} THEN event.metadata END, 'null'), event.created_at
FROM (
    SELECT *
    FROM {schema}.stream_events
    WHERE stream_id = 0 AND stream_version <= $1
    ORDER BY stream_version DESC
    LIMIT $2
) AS placed
LEFT JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
) AS event ON true
ORDER BY event_number DESC
