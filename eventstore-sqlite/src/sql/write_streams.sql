-- ?1: a JSON array of arrays: id, name, version, time of creation.
INSERT INTO eventstore_streams (id, name, version, created_at)
SELECT stream.value ->> 0, stream.value ->> 1, stream.value ->> 2, stream.value ->> 3
FROM json_each(?1) AS stream
WHERE true
ON CONFLICT (id) DO UPDATE SET version = excluded.version
