-- ?1: the id of an event. ?2: the id of the target, if it exists.
SELECT
    event.position,
    event.stream_id IS ?2 OR EXISTS (
        SELECT 1 FROM eventstore_links AS link WHERE link.position = event.position AND link.stream_id = ?2
    ) AS is_in_target
FROM eventstore_events AS event
WHERE event.event_id = ?1
