-- ?1: a JSON array of ids in hexadecimal. ?2: the id of the target, if it exists.
SELECT
    event.event_id, event.position,
    event.stream_id IS ?2 OR EXISTS (
        SELECT 1 FROM eventstore_links AS link WHERE link.position = event.position AND link.stream_id = ?2
    ) AS is_in_target
FROM json_each(?1) AS wanted
JOIN eventstore_events AS event ON event.event_id = unhex(wanted.value)
