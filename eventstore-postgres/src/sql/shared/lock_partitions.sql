-- No partition is moved, and nothing is parked, until the transaction has ended.
SELECT coalesce(min(greatest(coalesce(subscription.last_seen, 0), coalesce(own.last_seen, 0))), 0) AS checkpoint
FROM (
    SELECT subscription.last_seen
    FROM {schema}.eventstore_group_partitions AS partition
    JOIN {schema}.subscriptions AS subscription USING (subscription_id)
    WHERE partition.group_id = $1
    FOR UPDATE OF subscription
) AS subscription
JOIN {schema}.subscriptions AS own ON own.subscription_id = $1
