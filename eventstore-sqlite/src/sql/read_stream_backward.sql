-- ?1: the first number. ?2: how many events at most. ?3: how many bytes of payloads an event may have, so that they come with it.
-- ?4 to ?7: types (JSON), correlation id, prefix and category of streams. ?8: how many numbers are examined. ?9: the stream.
-- `read/packed.rs` describes the texts, `mod.rs` why the limit is a sum.
SELECT
    stream.version AS head, stream.deleted_at IS NOT NULL AS is_deleted,
    CASE WHEN stream.deleted_at IS NULL THEN (
        SELECT group_concat(packed, '')
        FROM (
            SELECT event.stream_version AS number, concat(
                event.position, ',,', event.stream_version, ',', event.created_at, ',,', octet_length(event.event_type), ',',
                octet_length(event.causation_id), ',', octet_length(event.correlation_id), ',', octet_length(event.data), ',',
                octet_length(event.metadata), ',',
                event.event_id, event.event_type, event.causation_id, event.correlation_id,
                CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.data END,
                CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.metadata END
            ) AS packed
            FROM eventstore_events AS event
            WHERE event.stream_id = stream.id AND event.stream_version <= min(?1, stream.version)
                AND event.stream_version > min(?1, stream.version) - ?8
                AND (?4 IS NULL OR event.event_type IN (SELECT value FROM json_each(?4)))
                AND (?5 IS NULL OR event.correlation_id = ?5)
                AND (?6 IS NULL OR substr(stream.name, 1, length(?6)) = ?6)
                AND (?7 IS NULL OR stream.name = ?7 OR substr(stream.name, 1, length(?7) + 1) = ?7 || '-')
            UNION ALL
            SELECT link.stream_version AS number, concat(
                event.position, ',', link.stream_version, ',', event.stream_version, ',', event.created_at, ',',
                coalesce(octet_length(origin.name), -1), ',', octet_length(event.event_type), ',', octet_length(event.causation_id),
                ',', octet_length(event.correlation_id), ',', octet_length(event.data), ',', octet_length(event.metadata), ',',
                origin.name, event.event_id, event.event_type, event.causation_id, event.correlation_id,
                CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.data END,
                CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.metadata END
            ) AS packed
            FROM eventstore_links AS link
            CROSS JOIN eventstore_events AS event ON event.position = link.position
            LEFT JOIN eventstore_streams AS origin ON origin.id = event.stream_id
            WHERE link.stream_id = stream.id AND link.stream_version <= min(?1, stream.version)
                AND link.stream_version > min(?1, stream.version) - ?8
                AND (?4 IS NULL OR event.event_type IN (SELECT value FROM json_each(?4)))
                AND (?5 IS NULL OR event.correlation_id = ?5)
                AND (?6 IS NULL OR substr(origin.name, 1, length(?6)) = ?6)
                AND (?7 IS NULL OR origin.name = ?7 OR substr(origin.name, 1, length(?7) + 1) = ?7 || '-')
            ORDER BY number DESC
            LIMIT ?2 + 0
        )
    ) END AS events
FROM eventstore_streams AS stream
WHERE stream.name = ?9
