DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_streams_by_name
