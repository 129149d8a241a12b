SELECT stream_uuid, stream_id, stream_version, deleted_at IS NOT NULL AS is_deleted
FROM {schema}.streams
WHERE stream_uuid = ANY ($1)
