SELECT EXISTS (
    SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'eventstore_group_partitions_member'
)
