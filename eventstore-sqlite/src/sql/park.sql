-- ?2: a JSON array of arrays: number, id and partition key in hexadecimal, reason, attempts. ?3: the time.
INSERT INTO eventstore_parked_events
    (subscription_id, number, event_id, partition_key, reason, attempts, parked_at)
SELECT
    ?1, wanted.value ->> 0, event.event_id, unhex(wanted.value ->> 2), wanted.value ->> 3, wanted.value ->> 4, ?3
FROM json_each(?2) AS wanted
-- An event that was deleted for good meanwhile is not parked (ADR 24).
JOIN eventstore_events AS event ON event.event_id = unhex(wanted.value ->> 1)
WHERE true
ON CONFLICT (subscription_id, number) DO UPDATE
    SET event_id = excluded.event_id, partition_key = excluded.partition_key, reason = excluded.reason,
        attempts = excluded.attempts
