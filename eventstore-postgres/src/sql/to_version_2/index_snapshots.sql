CREATE UNIQUE INDEX CONCURRENTLY eventstore_snapshots_by_source ON {schema}.snapshots (source_uuid COLLATE "C")
