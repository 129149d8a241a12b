DELETE FROM eventstore_group_partitions WHERE group_id = ?1
