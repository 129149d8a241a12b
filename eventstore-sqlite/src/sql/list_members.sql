-- ?1: the group. ?2: the run of the machine. ?3: the machine's clock. ?4: when a membership ends that is renewed now.
SELECT
    holder.member,
    (
        SELECT count(*)
        FROM eventstore_group_partitions AS part
        WHERE part.group_id = ?1 AND part.member = holder.member
    ) AS held
FROM eventstore_group_members AS holder
WHERE holder.group_id = ?1 AND holder.lasts_boot = ?2 AND holder.lasts_until > ?3 AND holder.lasts_until <= ?4
ORDER BY holder.member
