SELECT stream_version, created_at, deleted_at IS NOT NULL AS is_deleted
FROM {schema}.streams
WHERE stream_uuid = $1
