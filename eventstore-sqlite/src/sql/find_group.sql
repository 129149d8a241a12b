-- ?1 and ?2: stream and name of a subscription, which may be no group.
SELECT
    subscription.id, subscription.checkpoint, subscription.lease_epoch, subscription.lease_boot, subscription.lease_until,
    EXISTS (
        SELECT 1
        FROM eventstore_group_partitions AS part
        JOIN eventstore_subscriptions AS own ON own.id = part.group_id
        WHERE part.subscription_id = subscription.id
    ) AS is_partition,
    shared.partitions, shared.ordering, shared.policy, shared.lease_epoch AS shared_epoch
FROM eventstore_subscriptions AS subscription
LEFT JOIN eventstore_groups AS shared ON shared.subscription_id = subscription.id
WHERE subscription.stream = ?1 AND subscription.name = ?2
