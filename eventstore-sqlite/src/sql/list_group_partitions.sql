-- ?1: the run of the machine. ?2: the machine's clock. ?3: when memberships end at the latest.
-- What a single holder has acknowledged, every partition has.
SELECT
    part.group_id, part.partition, subscription.id, max(subscription.checkpoint, own.checkpoint) AS checkpoint, holder.holder
FROM eventstore_group_partitions AS part
JOIN eventstore_subscriptions AS subscription ON subscription.id = part.subscription_id
JOIN eventstore_groups AS shared ON shared.subscription_id = part.group_id
JOIN eventstore_subscriptions AS own ON own.id = shared.subscription_id
LEFT JOIN eventstore_group_members AS holder
    ON holder.group_id = part.group_id AND holder.member = part.member AND own.lease_epoch = shared.lease_epoch
        AND holder.lasts_boot = ?1 AND holder.lasts_until > ?2 AND holder.lasts_until <= ?3
ORDER BY part.group_id, part.partition
