DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_events_correlation_id
