-- ?1: the id of a partition.
UPDATE eventstore_group_partitions SET member = NULL WHERE subscription_id = ?1
