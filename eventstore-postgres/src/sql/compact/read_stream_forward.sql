SELECT
    stream_version AS head, 0::bigint AS event_number, NULL::bigint AS stream_version, NULL::text AS stream_uuid,
    NULL::uuid AS event_id, NULL::text AS event_type, NULL::uuid AS causation_id, NULL::uuid AS correlation_id,
    NULL::{payload} AS data, NULL::{payload} AS metadata, NULL::timestamptz AS created_at,
    deleted_at IS NOT NULL AS is_deleted, NULL::bigint AS position
FROM {schema}.streams
WHERE stream_uuid = $3
UNION ALL
(
    SELECT
        NULL, own.stream_version, own.stream_version, NULL,
        own.event_id, own.event_type, own.causation_id, own.correlation_id,
        CASE WHEN {fits own.data $4} AND {fits own.metadata $4} THEN own.data END,
        CASE WHEN {fits own.metadata $4} THEN own.metadata END, own.created_at, NULL,
        -- The argument is for the other layout: here a position costs nothing.
        CASE WHEN $5::boolean IS NOT NULL THEN own.position END
    FROM {schema}.events AS own
    WHERE own.stream_id = (
            SELECT stream_id FROM {schema}.streams WHERE stream_uuid = $3 AND deleted_at IS NULL
        )
        AND own.stream_version >= $1
    ORDER BY own.stream_version
    LIMIT $2
)
UNION ALL
(
    SELECT
        NULL, link.stream_version, event.stream_version,
        coalesce(
            (SELECT source.stream_uuid FROM {schema}.streams AS source WHERE source.stream_id = event.stream_id), '$all'
        ),
        event.event_id, event.event_type, event.causation_id, event.correlation_id,
        CASE WHEN {fits event.data $4} AND {fits event.metadata $4} THEN event.data END,
        CASE WHEN {fits event.metadata $4} THEN event.metadata END, event.created_at, NULL, event.position
    FROM {schema}.links AS link
    JOIN {schema}.events AS event USING (position)
    WHERE link.stream_id = (
            SELECT stream_id FROM {schema}.streams WHERE stream_uuid = $3 AND deleted_at IS NULL
        )
        AND link.stream_version >= $1
    ORDER BY link.stream_version
    LIMIT $2
)
ORDER BY event_number
LIMIT $2 + 1
