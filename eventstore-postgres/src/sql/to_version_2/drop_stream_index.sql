-- An attempt that was cut off leaves an invalid index behind.
DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_streams_by_name
