SELECT
    stream_version AS head, 0::bigint AS event_number, NULL::bigint AS stream_version, NULL::text AS stream_uuid,
    NULL::uuid AS event_id, NULL::text AS event_type, NULL::uuid AS causation_id, NULL::uuid AS correlation_id,
    NULL::bytea AS data, NULL::bytea AS metadata, NULL::timestamptz AS created_at,
    deleted_at IS NOT NULL AS is_deleted
FROM streams
WHERE stream_uuid = $3
UNION ALL
(
    SELECT
        NULL, own.stream_version, own.stream_version, NULL,
        own.event_id, own.event_type, own.causation_id, own.correlation_id,
        own.data, own.metadata, own.created_at, NULL
    FROM events AS own
    WHERE own.stream_id = (
            SELECT stream_id FROM streams WHERE stream_uuid = $3 AND deleted_at IS NULL
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
            (SELECT source.stream_uuid FROM streams AS source WHERE source.stream_id = event.stream_id), '$all'
        ),
        event.event_id, event.event_type, event.causation_id, event.correlation_id,
        event.data, event.metadata, event.created_at, NULL
    FROM links AS link
    JOIN events AS event USING (position)
    WHERE link.stream_id = (
            SELECT stream_id FROM streams WHERE stream_uuid = $3 AND deleted_at IS NULL
        )
        AND link.stream_version >= $1
    ORDER BY link.stream_version
    LIMIT $2
)
ORDER BY event_number
LIMIT $2 + 1
