-- ?1: the group. ?2: the member. ?3: the run of the machine. ?4: the machine's clock. ?5: when the membership ends.
-- A single holder that has taken the lease meanwhile has ended it.
UPDATE eventstore_group_members
SET lasts_until = ?5
WHERE group_id = ?1 AND member = ?2 AND lasts_boot = ?3 AND lasts_until > ?4 AND lasts_until <= ?5
    AND EXISTS (
        SELECT 1
        FROM eventstore_groups AS shared
        JOIN eventstore_subscriptions AS own
            ON own.id = shared.subscription_id AND own.lease_epoch = shared.lease_epoch
        WHERE shared.subscription_id = ?1
    )
