DROP TABLE IF EXISTS {schema}.links, {schema}.events, {schema}.streams, {schema}.snapshots, {schema}.subscriptions,
    {schema}.eventstore_schema, {schema}.eventstore_parked_events, {schema}.eventstore_subscription_streams,
    {schema}.eventstore_subscription_statuses, {schema}.eventstore_groups, {schema}.eventstore_group_members,
    {schema}.eventstore_group_partitions, {schema}.eventstore_projections, {schema}.eventstore_projection_builds;

DROP FUNCTION IF EXISTS {schema}.event_store_exception(), {schema}.event_store_delete(), {schema}.event_store_truncate();
