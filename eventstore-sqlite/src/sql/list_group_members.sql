-- ?1: the run of the machine. ?2: the machine's clock. ?3: when memberships end at the latest.
SELECT holder.group_id, holder.holder
FROM eventstore_group_members AS holder
JOIN eventstore_groups AS shared ON shared.subscription_id = holder.group_id
JOIN eventstore_subscriptions AS own ON own.id = shared.subscription_id AND own.lease_epoch = shared.lease_epoch
WHERE holder.lasts_boot = ?1 AND holder.lasts_until > ?2 AND holder.lasts_until <= ?3
ORDER BY holder.group_id, holder.member
