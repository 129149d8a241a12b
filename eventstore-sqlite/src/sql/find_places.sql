-- ?1: the position of an event. The first row is the stream that it was appended to.
SELECT stream.name AS stream, event.stream_version AS version, stream.deleted_at IS NOT NULL AS is_deleted, false AS is_link
FROM eventstore_events AS event
LEFT JOIN eventstore_streams AS stream ON stream.id = event.stream_id
WHERE event.position = ?1
UNION ALL
SELECT stream.name, link.stream_version, stream.deleted_at IS NOT NULL, true
FROM eventstore_links AS link
CROSS JOIN eventstore_streams AS stream ON stream.id = link.stream_id
WHERE link.position = ?1
ORDER BY is_link, stream
