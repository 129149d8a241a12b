INSERT INTO {schema}.snapshots AS recorded (source_uuid, source_version, source_type, data, metadata)
VALUES ($1, $2, $3, $4, coalesce($5::{payload}, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END))
ON CONFLICT (source_uuid) DO UPDATE SET
    source_version = excluded.source_version,
    source_type = excluded.source_type,
    data = excluded.data,
    metadata = excluded.metadata,
    created_at = now()
    WHERE $6 OR recorded.source_version <= excluded.source_version
