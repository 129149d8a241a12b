UPDATE {schema}.streams
SET deleted_at = NULL
WHERE stream_uuid = $1 AND deleted_at IS NOT NULL
