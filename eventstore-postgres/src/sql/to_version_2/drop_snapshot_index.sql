DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_snapshots_by_source
