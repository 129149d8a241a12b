-- SQLite keeps the highest ids of streams and subscriptions, and the rows of projections keep the highest numbers of builds, so that none is
-- given again: a process that has not heard of the reset may still use an earlier one.
DELETE FROM eventstore_links;
DELETE FROM eventstore_events;
DELETE FROM eventstore_snapshots;
DELETE FROM eventstore_parked_events;
DELETE FROM eventstore_projection_builds;
DELETE FROM eventstore_group_partitions;
DELETE FROM eventstore_group_members;
DELETE FROM eventstore_groups;
DELETE FROM eventstore_subscription_statuses;
DELETE FROM eventstore_subscriptions;
DELETE FROM eventstore_streams WHERE id <> 0;
UPDATE eventstore_streams SET version = 0 WHERE id = 0;
