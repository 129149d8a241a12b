-- ?1: the id. The first row has the event; `read/packed.rs` describes its text.
SELECT
    concat(
        event.position, ',,', event.stream_version, ',', event.created_at, ',', coalesce(octet_length(stream.name), -1), ',',
        octet_length(event.event_type), ',', octet_length(event.causation_id), ',', octet_length(event.correlation_id), ',',
        octet_length(event.data), ',', octet_length(event.metadata), ',',
        stream.name, event.event_id, event.event_type, event.causation_id, event.correlation_id,
        event.data, event.metadata
    ) AS packed,
    stream.name AS stream, event.stream_version AS version, stream.deleted_at IS NOT NULL AS is_deleted,
    false AS is_link
FROM eventstore_events AS event
LEFT JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.event_id = ?1
UNION ALL
SELECT NULL, stream.name, link.stream_version, stream.deleted_at IS NOT NULL, true
FROM eventstore_events AS event
CROSS JOIN eventstore_links AS link ON link.position = event.position
CROSS JOIN eventstore_streams AS stream ON stream.id = link.stream_id
WHERE event.event_id = ?1
ORDER BY is_link, stream
