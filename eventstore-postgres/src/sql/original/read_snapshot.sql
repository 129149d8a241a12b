SELECT source_version, source_type, data, nullif(metadata, 'null') AS metadata, created_at
FROM {schema}.snapshots
WHERE source_uuid = $1
