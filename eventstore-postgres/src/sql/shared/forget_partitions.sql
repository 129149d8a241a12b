-- Rows of a group that is no more, whose ids may be those of other subscriptions now.
DELETE FROM {schema}.eventstore_group_partitions WHERE group_id = $1
