-- A row of the same id is about a subscription that is no more.
INSERT INTO {schema}.eventstore_groups (subscription_id, created_at, partitions, ordering, policy, lease_epoch)
SELECT subscription_id, created_at, $2, $3, $4, lease_epoch
FROM {schema}.subscriptions
WHERE subscription_id = $1
ON CONFLICT (subscription_id) DO UPDATE
    SET created_at = excluded.created_at, partitions = excluded.partitions, ordering = excluded.ordering,
        policy = excluded.policy, lease_epoch = excluded.lease_epoch
