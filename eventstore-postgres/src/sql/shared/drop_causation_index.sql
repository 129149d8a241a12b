DROP INDEX CONCURRENTLY IF EXISTS {schema}.eventstore_events_causation_id
