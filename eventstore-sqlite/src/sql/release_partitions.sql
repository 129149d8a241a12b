-- ?1: the group. ?2: the member. ?3: a JSON array of numbers of partitions.
UPDATE eventstore_group_partitions
SET member = NULL
WHERE group_id = ?1 AND member = ?2 AND partition IN (SELECT value FROM json_each(?3))
