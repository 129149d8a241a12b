-- A member whose membership has ended holds nothing.
SELECT partition.partition, subscription.subscription_id, subscription.lease_epoch, coalesce(subscription.last_seen, 0) AS checkpoint
FROM {schema}.eventstore_group_members AS member
JOIN {schema}.eventstore_groups AS shared ON shared.subscription_id = member.group_id
JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
JOIN {schema}.eventstore_group_partitions AS partition
    ON partition.group_id = member.group_id AND partition.member = member.member
JOIN {schema}.subscriptions AS subscription ON subscription.subscription_id = partition.subscription_id
WHERE member.group_id = $1 AND member.member = $2 AND member.lasts_until > clock_timestamp()
    AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
ORDER BY partition.partition
