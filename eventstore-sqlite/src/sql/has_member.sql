-- ?1: the group. ?2: the run of the machine. ?3: the machine's clock. ?4: when a membership ends that is renewed now.
SELECT EXISTS (
    SELECT 1
    FROM eventstore_group_members AS holder
    JOIN eventstore_groups AS shared ON shared.subscription_id = holder.group_id
    JOIN eventstore_subscriptions AS own ON own.id = shared.subscription_id AND own.lease_epoch = shared.lease_epoch
    WHERE holder.group_id = ?1 AND holder.lasts_boot = ?2 AND holder.lasts_until > ?3 AND holder.lasts_until <= ?4
)
