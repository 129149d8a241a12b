-- No id is reused, and no number of a build: a process that has not heard of the reset may still use an earlier one.

SET LOCAL eventstore.reset = 'on';

TRUNCATE {schema}.links, {schema}.events, {schema}.streams, {schema}.snapshots, {schema}.subscriptions,
    {schema}.eventstore_parked_events, {schema}.eventstore_subscription_streams,
    {schema}.eventstore_subscription_statuses, {schema}.eventstore_groups, {schema}.eventstore_group_members,
    {schema}.eventstore_group_partitions, {schema}.eventstore_projection_builds;

INSERT INTO {schema}.streams (stream_id, stream_uuid) VALUES (0, '$all');
