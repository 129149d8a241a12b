-- ?1: the group. ?2: the member. ?3: how many at most.
UPDATE eventstore_group_partitions
SET member = ?2
WHERE subscription_id IN (
    SELECT free.subscription_id
    FROM eventstore_group_partitions AS free
    WHERE free.group_id = ?1 AND free.member IS NULL
    ORDER BY free.partition
    LIMIT ?3 + 0
)
RETURNING subscription_id
