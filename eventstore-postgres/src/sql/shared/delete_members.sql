DELETE FROM {schema}.eventstore_group_members WHERE group_id = $1
