DELETE FROM eventstore_group_members WHERE group_id = ?1 AND member = ?2
