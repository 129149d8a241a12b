SELECT
    stream.stream_version AS head, event.event_number, event.stream_version,
    CASE
        WHEN event.stream_id <> stream.stream_id
        THEN coalesce(
            (SELECT source.stream_uuid FROM {schema}.streams AS source WHERE source.stream_id = event.stream_id), '$all'
        )
    END AS stream_uuid,
    event.event_id, event.event_type, event.causation_id, event.correlation_id,
    CASE WHEN {fits event.data $9} AND {fits event.metadata $9} THEN event.data END AS data,
    CASE WHEN {fits event.metadata $9} THEN event.metadata END AS metadata, event.created_at,
    stream.deleted_at IS NOT NULL AS is_deleted,
    -- The argument is for the other layout: here a position costs nothing.
    CASE WHEN $10::boolean IS NOT NULL THEN event.position END AS position
FROM {schema}.streams AS stream
LEFT JOIN LATERAL (
    (
        SELECT own.stream_version AS event_number, own.*
        FROM {schema}.events AS own
        WHERE own.stream_id = stream.stream_id
            AND own.stream_version <= least($1, stream.stream_version)
            AND own.stream_version > least($1, stream.stream_version) - $7
            AND ($3::text[] IS NULL OR own.event_type = ANY($3))
            AND ($4::uuid IS NULL OR own.correlation_id = $4)
            AND ($5::text IS NULL OR starts_with(stream.stream_uuid, $5))
            AND ($6::text IS NULL OR split_part(stream.stream_uuid, '-', 1) = $6)
        ORDER BY own.stream_version DESC
        LIMIT $2
    )
    UNION ALL
    (
        SELECT link.stream_version AS event_number, linked.*
        FROM {schema}.links AS link
        CROSS JOIN LATERAL (
            -- The limit keeps the planner from looking through the whole table.
            SELECT * FROM {schema}.events WHERE position = link.position LIMIT 1
        ) AS linked
        WHERE link.stream_id = stream.stream_id
            AND link.stream_version <= least($1, stream.stream_version)
            AND link.stream_version > least($1, stream.stream_version) - $7
            AND ($3::text[] IS NULL OR linked.event_type = ANY($3))
            AND ($4::uuid IS NULL OR linked.correlation_id = $4)
            AND (
                ($5::text IS NULL AND $6::text IS NULL)
                OR (
                    SELECT
                        ($5::text IS NULL OR starts_with(origin.stream_uuid, $5))
                        AND ($6::text IS NULL OR split_part(origin.stream_uuid, '-', 1) = $6)
                    FROM {schema}.streams AS origin
                    WHERE origin.stream_id = linked.stream_id
                )
            )
        ORDER BY link.stream_version DESC
        LIMIT $2
    )
    ORDER BY event_number DESC
    LIMIT $2
) AS event ON stream.deleted_at IS NULL
WHERE stream.stream_uuid = $8
ORDER BY event.event_number DESC
