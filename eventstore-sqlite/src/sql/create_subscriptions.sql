-- ?1: a JSON array of arrays: stream, name, checkpoint. ?2: the time.
INSERT INTO eventstore_subscriptions (stream, name, checkpoint, created_at)
SELECT created.value ->> 0, created.value ->> 1, created.value ->> 2, ?2
FROM json_each(?1) AS created
WHERE true
ON CONFLICT (stream, name) DO NOTHING
