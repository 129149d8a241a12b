-- ?1: the group. ?2: the member.
UPDATE eventstore_group_partitions SET member = NULL WHERE group_id = ?1 AND member = ?2
