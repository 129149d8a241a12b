-- Whatever a member stores late is refused from now on.
UPDATE {schema}.subscriptions AS subscription
SET last_seen = $2,
    lease_epoch = greatest(
        coalesce(subscription.lease_epoch, 0) + 1,
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    )
FROM {schema}.eventstore_group_partitions AS partition
WHERE partition.group_id = $1 AND subscription.subscription_id = partition.subscription_id
