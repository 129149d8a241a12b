UPDATE {schema}.streams
SET deleted_at = now()
WHERE stream_uuid = $1
    AND stream_id <> 0
    AND deleted_at IS NULL
    AND ($2::bigint IS NULL OR stream_version = $2)
