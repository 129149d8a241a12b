-- ?1: a JSON array of names.
SELECT stream.name, stream.id, stream.version, stream.deleted_at IS NOT NULL AS is_deleted
FROM json_each(?1) AS wanted
JOIN eventstore_streams AS stream ON stream.name = wanted.value
