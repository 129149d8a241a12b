-- ?1: a JSON array of pairs, id and epoch. ?2: the run of the machine. ?3: when the leases end.
-- A lease is not renewed if its checkpoint is about an earlier stream of the same name.
UPDATE eventstore_subscriptions AS subscription
SET lease_boot = ?2,
    lease_until = ?3,
    bound_stream_id = coalesce(bound_stream_id, held.stream_id)
FROM (
    SELECT given.value ->> 0 AS held_id, given.value ->> 1 AS epoch, stream.id AS stream_id
    FROM json_each(?1) AS given
    JOIN eventstore_subscriptions AS before ON before.id = given.value ->> 0
    LEFT JOIN eventstore_streams AS stream ON stream.name = before.stream
) AS held
WHERE subscription.id = held.held_id AND lease_epoch = held.epoch
    AND (bound_stream_id <> held.stream_id) IS NOT TRUE
RETURNING id,
    EXISTS (
        SELECT 1 FROM eventstore_streams AS found WHERE found.id = bound_stream_id AND found.name = stream
    ) AS watches_stream
