-- The event, and where it is stored first; then the links to it.
WITH found AS (
    SELECT
        event.*, placed.stream_version AS position, placed.original_stream_id, placed.original_stream_version
    FROM {schema}.stream_events AS placed
    JOIN {schema}.events AS event USING (event_id)
    WHERE placed.stream_id = 0 AND placed.event_id = $1
),
places AS (
    SELECT
        found.position AS head, found.position AS event_number, found.original_stream_version AS stream_version,
        coalesce(stream.stream_uuid, '$all') AS stream_uuid,
        found.event_id, found.event_type, found.causation_id, found.correlation_id,
        found.data, nullif(found.metadata, 'null') AS metadata, found.created_at,
        stream.stream_uuid AS place, found.original_stream_version AS place_number,
        stream.deleted_at IS NOT NULL AS is_deleted
    FROM found
    LEFT JOIN {schema}.streams AS stream ON stream.stream_id = found.original_stream_id
    UNION ALL
    SELECT
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        stream.stream_uuid, link.stream_version, stream.deleted_at IS NOT NULL
    FROM found
    JOIN {schema}.stream_events AS link USING (event_id)
    JOIN {schema}.streams AS stream ON stream.stream_id = link.stream_id
    WHERE link.stream_id <> 0 AND link.stream_id <> found.original_stream_id
)
SELECT * FROM places ORDER BY event_number NULLS LAST, place COLLATE "C"
