-- ?1 and ?2: the first and the last number that are examined. ?3: the time. ?4: the id of the stream.
SELECT event.stream_version AS number
FROM eventstore_events AS event
WHERE event.stream_id = ?4 AND event.stream_version BETWEEN ?1 AND ?2 AND event.created_at >= ?3
UNION ALL
SELECT link.stream_version AS number
FROM eventstore_links AS link
CROSS JOIN eventstore_events AS event ON event.position = link.position
WHERE link.stream_id = ?4 AND link.stream_version BETWEEN ?1 AND ?2 AND event.created_at >= ?3
ORDER BY number
LIMIT 1
