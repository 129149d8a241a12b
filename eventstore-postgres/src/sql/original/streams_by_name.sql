-- $1: where the names begin. $2: before what they end, if anywhere. $3: the name that they come after. $4: how many.
SELECT stream_id, stream_uuid, stream_version, created_at, deleted_at
FROM {schema}.streams
WHERE stream_uuid COLLATE "C" >= $1
    -- The index on names is in the order of the database's collation, so that every name is examined.
    AND stream_uuid COLLATE "C" < coalesce($2, (SELECT max(stream_uuid COLLATE "C") || '.' FROM {schema}.streams))
    AND stream_uuid IS DISTINCT FROM $3
    AND stream_id <> 0
ORDER BY stream_uuid COLLATE "C"
LIMIT $4
