-- $1: where the names begin. $2: before what they end, if anywhere. $3: the name that they come after. $4: how many.
SELECT stream_id, stream_uuid, stream_version, created_at, deleted_at
FROM {schema}.streams
WHERE stream_uuid >= $1
    -- With a value for every case, the end is a condition of the index.
    AND stream_uuid < coalesce($2, (SELECT max(stream_uuid) || '.' FROM {schema}.streams))
    AND stream_uuid IS DISTINCT FROM $3
    AND stream_id <> 0
ORDER BY stream_uuid
LIMIT $4
