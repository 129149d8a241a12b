-- ?1: a JSON array of ids of subscriptions whose leases were given just now.
-- Those that members shared until now go on where the slowest partition is.
UPDATE eventstore_subscriptions AS subscription
SET checkpoint = coalesce(
    (
        SELECT min(slow.checkpoint)
        FROM eventstore_group_partitions AS part
        JOIN eventstore_subscriptions AS slow ON slow.id = part.subscription_id
        WHERE part.group_id = subscription.id
    ),
    checkpoint
)
FROM eventstore_groups AS shared
WHERE subscription.id IN (SELECT value FROM json_each(?1))
    AND shared.subscription_id = subscription.id AND shared.lease_epoch = subscription.lease_epoch - 1
RETURNING id, checkpoint
