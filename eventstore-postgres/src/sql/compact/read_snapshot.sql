SELECT source_version, source_type, data, metadata, created_at
FROM {schema}.snapshots
WHERE source_uuid = $1
