-- ?1: the group. ?2: the member. A single holder that has taken the lease meanwhile has ended the membership.
SELECT holder.lasts_boot, holder.lasts_until
FROM eventstore_group_members AS holder
JOIN eventstore_groups AS shared ON shared.subscription_id = holder.group_id
JOIN eventstore_subscriptions AS own ON own.id = shared.subscription_id AND own.lease_epoch = shared.lease_epoch
WHERE holder.group_id = ?1 AND holder.member = ?2
