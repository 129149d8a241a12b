-- ?1: a JSON array of pairs, stream and name. ?2: the run of the machine. ?3: the machine's clock. ?4: when the leases end.
-- ?5: a JSON array of the ids of subscriptions that are not given: this store holds them, or members of a group share them.
-- A lease that seems to end later than one that is given now is of another run of the machine.
UPDATE eventstore_subscriptions AS subscription
SET lease_epoch = lease_epoch + 1,
    lease_boot = ?2,
    lease_until = ?4,
    checkpoint = CASE WHEN bound_stream_id <> asked.stream_id THEN 0 ELSE checkpoint END,
    bound_stream_id = coalesce(asked.stream_id, bound_stream_id)
FROM (
    SELECT wanted.value ->> 0 AS stream, wanted.value ->> 1 AS name, stream.id AS stream_id
    FROM json_each(?1) AS wanted
    LEFT JOIN eventstore_streams AS stream ON stream.name = wanted.value ->> 0
) AS asked
WHERE subscription.stream = asked.stream AND subscription.name = asked.name
    AND subscription.id NOT IN (SELECT value FROM json_each(?5))
    AND (lease_boot IS NOT ?2 OR lease_until <= ?3 OR lease_until > ?4)
RETURNING stream, name, id, lease_epoch, checkpoint,
    EXISTS (
        SELECT 1 FROM eventstore_streams AS found WHERE found.name = stream AND found.id = bound_stream_id
    ) AS watches_stream
