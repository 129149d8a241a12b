DROP TABLE {schema}.links, {schema}.events, {schema}.streams, {schema}.snapshots, {schema}.subscriptions,
    {schema}.eventstore_schema;

DROP FUNCTION {schema}.event_store_exception(), {schema}.event_store_delete(), {schema}.event_store_truncate();
