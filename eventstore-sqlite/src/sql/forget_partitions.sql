-- ?1: the id of a group. Makes room for those whose subscriptions were deleted.
DELETE FROM eventstore_group_partitions AS part
WHERE part.group_id = ?1
    AND NOT EXISTS (SELECT 1 FROM eventstore_subscriptions AS subscription WHERE subscription.id = part.subscription_id)
