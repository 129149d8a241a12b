SELECT
    stream.stream_version AS head, event.event_number, event.original_stream_version AS stream_version,
    CASE
        WHEN event.original_stream_id <> stream.stream_id
        THEN coalesce(
            (
                SELECT source.stream_uuid FROM {schema}.streams AS source WHERE source.stream_id = event.original_stream_id
            ),
            '$all'
        )
    END AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $9} AND {fits event.metadata $9} THEN event.data END AS data,
    nullif(CASE WHEN {fits event.metadata $9} THEN event.metadata END, 'null') AS metadata, event.created_at,
    stream.deleted_at IS NOT NULL AS is_deleted,
    (
        SELECT whole.stream_version
        FROM {schema}.stream_events AS whole
        WHERE $10 AND whole.event_id = event.event_id AND whole.stream_id = 0
    ) AS position
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    SELECT
        placed.stream_version AS event_number, placed.original_stream_id, placed.original_stream_version, candidate.*
    FROM {schema}.stream_events AS placed
    CROSS JOIN LATERAL (
        -- The limit keeps the planner from hashing the whole table.
        SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
    ) AS candidate
    WHERE placed.stream_id = stream.stream_id
        AND placed.stream_version <= least($1, stream.stream_version)
        AND placed.stream_version > least($1, stream.stream_version) - $7
        AND ($3::text[] IS NULL OR candidate.event_type = ANY($3))
        AND ($4::uuid IS NULL OR candidate.correlation_id = $4)
        AND (
            ($5::text IS NULL AND $6::text IS NULL)
            OR (
                SELECT
                    ($5::text IS NULL OR starts_with(origin.stream_uuid, $5))
                    AND ($6::text IS NULL OR split_part(origin.stream_uuid, '-', 1) = $6)
                FROM {schema}.streams AS origin
                WHERE origin.stream_id = placed.original_stream_id
            )
        )
    ORDER BY placed.stream_version DESC
    LIMIT $2
) AS event ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $8
ORDER BY event.event_number DESC
