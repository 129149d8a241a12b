DELETE FROM {schema}.snapshots WHERE source_uuid = $1
