-- ?1: the group. Those whose holder is no member any more.
UPDATE eventstore_group_partitions AS part
SET member = NULL
WHERE part.group_id = ?1 AND part.member IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM eventstore_group_members AS holder WHERE holder.group_id = ?1 AND holder.member = part.member
    )
