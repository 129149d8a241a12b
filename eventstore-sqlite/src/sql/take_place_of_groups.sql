-- ?1: a JSON array of ids of subscriptions whose leases were given just now.
-- Those that members share go on where the slowest partition is.
UPDATE eventstore_subscriptions AS subscription
SET checkpoint = max(
    checkpoint,
    coalesce(
        (
            SELECT min(slow.checkpoint)
            FROM eventstore_group_partitions AS part
            JOIN eventstore_subscriptions AS slow ON slow.id = part.subscription_id
            WHERE part.group_id = subscription.id
        ),
        0
    )
)
WHERE id IN (SELECT value FROM json_each(?1))
    AND id IN (SELECT shared.subscription_id FROM eventstore_groups AS shared)
RETURNING id, checkpoint
