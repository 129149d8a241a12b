-- $1: the id that they come before. $2: how many.
SELECT stream_id, stream_uuid, stream_version, created_at, deleted_at
FROM {schema}.streams
WHERE stream_id > 0 AND stream_id < $1
ORDER BY stream_id DESC
LIMIT $2
