-- There are few of them: each is looked up, and not each event of the stream.
DELETE FROM eventstore_parked_events AS parked
WHERE EXISTS (
    SELECT 1 FROM eventstore_events AS event WHERE event.event_id = parked.event_id AND event.stream_id = ?1
)
