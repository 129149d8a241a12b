-- ?1 and ?2: the first and the last number that are examined. ?3: how many events at most.
-- ?4 to ?7: types (JSON), correlation id, prefix and category of streams.
-- `read/row.rs` takes the columns, `mod.rs` says why the limit is a sum.
SELECT
    event.position AS number, coalesce(stream.name, 0) AS stream,
    event.position, event.stream_version, event.event_id, event.event_type, event.causation_id, event.correlation_id,
    event.created_at, event.data, event.metadata
FROM eventstore_events AS event
LEFT JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.correlation_id = ?5 AND event.position BETWEEN ?1 AND ?2
    AND (?4 IS NULL OR event.event_type IN (SELECT value FROM json_each(?4)))
    AND (?6 IS NULL OR substr(stream.name, 1, length(?6)) = ?6)
    AND (?7 IS NULL OR stream.name = ?7 OR substr(stream.name, 1, length(?7) + 1) = ?7 || '-')
ORDER BY event.position
LIMIT ?3 + 0
