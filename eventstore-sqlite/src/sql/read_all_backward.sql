-- ?1: the first number. ?2: how many events at most. ?3: how many bytes of payloads an event may have, so that they come with it.
-- ?4 to ?7: types (JSON), correlation id, prefix and category of streams. ?8: how many numbers are examined.
-- `read/packed.rs` describes the texts, `mod.rs` why the limit is a sum.
SELECT (SELECT version FROM eventstore_streams WHERE id = 0) AS head, false AS is_deleted, group_concat(packed, '') AS events
FROM (
    SELECT concat(
        event.position, ',,', event.stream_version, ',', event.created_at, ',', coalesce(octet_length(stream.name), -1), ',',
        octet_length(event.event_type), ',', octet_length(event.causation_id), ',', octet_length(event.correlation_id), ',',
        octet_length(event.data), ',', octet_length(event.metadata), ',',
        stream.name, event.event_id, event.event_type, event.causation_id, event.correlation_id,
        CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.data END,
        CASE WHEN octet_length(event.data) + coalesce(octet_length(event.metadata), 0) <= ?3 THEN event.metadata END
    ) AS packed
    FROM eventstore_events AS event
    LEFT JOIN eventstore_streams AS stream ON stream.id = event.stream_id
    WHERE event.position <= min(?1, (SELECT version FROM eventstore_streams WHERE id = 0))
        AND event.position > min(?1, (SELECT version FROM eventstore_streams WHERE id = 0)) - ?8
        AND (?4 IS NULL OR event.event_type IN (SELECT value FROM json_each(?4)))
        AND (?5 IS NULL OR event.correlation_id = ?5)
        AND (?6 IS NULL OR substr(stream.name, 1, length(?6)) = ?6)
        AND (?7 IS NULL OR stream.name = ?7 OR substr(stream.name, 1, length(?7) + 1) = ?7 || '-')
    ORDER BY event.position DESC
    LIMIT ?2 + 0
)
