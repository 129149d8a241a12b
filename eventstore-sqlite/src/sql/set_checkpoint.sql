-- The checkpoint is about the stream that has the name now: the next lease would take it for another stream's, and begin at 0.
UPDATE eventstore_subscriptions
SET checkpoint = ?2,
    bound_stream_id = coalesce(
        (SELECT found.id FROM eventstore_streams AS found WHERE found.name = stream),
        bound_stream_id
    ),
    lease_epoch = lease_epoch + 1,
    lease_boot = NULL,
    lease_until = NULL
WHERE id = ?1
