SELECT
    (SELECT version FROM eventstore_streams WHERE id = 0),
    (SELECT count(*) FROM eventstore_events),
    (
        SELECT count(*)
        FROM eventstore_streams AS stream
        WHERE id > 0
            AND version <> (SELECT count(*) FROM eventstore_events WHERE stream_id = stream.id)
    )
