-- ?1: the id of a group. ?2: the checkpoint that a single holder has stored.
UPDATE eventstore_subscriptions
SET checkpoint = ?2
WHERE id IN (SELECT subscription_id FROM eventstore_group_partitions WHERE group_id = ?1) AND checkpoint < ?2
