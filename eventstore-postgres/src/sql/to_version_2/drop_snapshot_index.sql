-- An attempt that was cut off leaves an invalid index behind.
DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_snapshots_by_source
