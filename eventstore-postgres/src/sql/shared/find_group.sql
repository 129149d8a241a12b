-- The memberships are over if a single holder has taken the lease since.
SELECT shared.partitions, shared.ordering, shared.policy, shared.lease_epoch IS DISTINCT FROM own.lease_epoch AS is_over
FROM {schema}.eventstore_groups AS shared
JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
WHERE shared.subscription_id = $1
