-- The epoch is none that a subscription has: the group begins with its first member.
INSERT INTO eventstore_groups (subscription_id, partitions, ordering, policy, lease_epoch) VALUES (?1, ?2, ?3, ?4, -1)
