SELECT
    stream_version AS head, 0::bigint AS event_number, NULL::bigint AS stream_version, NULL::text AS stream_uuid,
    NULL::uuid AS event_id, NULL::text AS event_type, NULL::uuid AS causation_id, NULL::uuid AS correlation_id,
    NULL::{payload} AS data, NULL::{payload} AS metadata, NULL::timestamptz AS created_at,
    deleted_at IS NOT NULL AS is_deleted, NULL::bigint AS position
FROM {schema}.streams
WHERE stream_uuid = $3
UNION ALL
SELECT
    NULL, placed.stream_version, placed.original_stream_version,
    CASE
        WHEN placed.original_stream_id <> placed.stream_id
        THEN coalesce(
            (
                SELECT source.stream_uuid
                FROM {schema}.streams AS source
                WHERE source.stream_id = placed.original_stream_id
            ),
            '$all'
        )
    END,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $4} AND {fits event.metadata $4} THEN event.data END,
    nullif(CASE WHEN {fits event.metadata $4} THEN event.metadata END, 'null'), event.created_at, NULL,
    (
        SELECT whole.stream_version
        FROM {schema}.stream_events AS whole
        WHERE $5 AND whole.event_id = placed.event_id AND whole.stream_id = 0
    )
FROM (
    SELECT *
    FROM {schema}.stream_events
    WHERE stream_id = (SELECT stream_id FROM {schema}.streams WHERE stream_uuid = $3 AND deleted_at IS NULL)
        AND stream_version >= $1
    ORDER BY stream_version
    LIMIT $2
) AS placed
LEFT JOIN LATERAL (
    -- The limit keeps the planner from hashing the whole table.
    SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
) AS event ON true
ORDER BY event_number
