SELECT source_uuid, source_version, source_type, data, metadata, created_at
FROM {schema}.snapshots
WHERE source_uuid >= coalesce($1, '') AND source_uuid IS DISTINCT FROM $1
ORDER BY source_uuid
LIMIT $2
