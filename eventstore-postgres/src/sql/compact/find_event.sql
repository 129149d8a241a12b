-- The event, and where it is stored first; then the links to it.
WITH found AS (
    SELECT * FROM {schema}.events WHERE event_id = $1
),
places AS (
    SELECT
        found.position AS head, found.position AS event_number, found.stream_version,
        coalesce(stream.stream_uuid, '$all') AS stream_uuid,
        found.event_id, found.event_type, found.causation_id, found.correlation_id,
        found.data, found.metadata, found.created_at,
        stream.stream_uuid AS place, found.stream_version AS place_number, stream.deleted_at IS NOT NULL AS is_deleted
    FROM found
    LEFT JOIN {schema}.streams AS stream USING (stream_id)
    UNION ALL
    SELECT
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        stream.stream_uuid, link.stream_version, stream.deleted_at IS NOT NULL
    FROM found
    JOIN {schema}.links AS link USING (position)
    JOIN {schema}.streams AS stream ON stream.stream_id = link.stream_id
)
SELECT * FROM places ORDER BY event_number NULLS LAST, place COLLATE "C"
