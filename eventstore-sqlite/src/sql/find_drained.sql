-- ?2: a JSON array of pairs, number and partition key in hexadecimal.
SELECT DISTINCT unhex(follower.value ->> 1) AS partition_key
FROM json_each(?2) AS follower
WHERE NOT EXISTS (
    SELECT 1
    FROM eventstore_parked_events AS parked
    JOIN eventstore_events AS event ON event.event_id = parked.event_id
    WHERE parked.subscription_id = ?1
        AND parked.partition_key = unhex(follower.value ->> 1)
        AND parked.number <= follower.value ->> 0
)
ORDER BY partition_key
