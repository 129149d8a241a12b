SELECT own.subscription_id, own.stream_uuid, own.subscription_name, shared.partitions, shared.ordering, shared.policy,
    member.holders, partition.numbers, partition.ids, partition.checkpoints, partition.held_by
FROM {schema}.eventstore_groups AS shared
JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(member.holder ORDER BY member.member), '{}') AS holders
    FROM {schema}.eventstore_group_members AS member
    WHERE member.group_id = shared.subscription_id AND member.lasts_until > clock_timestamp()
        AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
) AS member
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(partition.partition ORDER BY partition.partition), '{}') AS numbers,
        coalesce(array_agg(subscription.subscription_id ORDER BY partition.partition), '{}') AS ids,
        coalesce(
            array_agg(
                greatest(coalesce(subscription.last_seen, 0), coalesce(own.last_seen, 0))
                ORDER BY partition.partition
            ),
            '{}'
        ) AS checkpoints,
        coalesce(array_agg(holder.holder ORDER BY partition.partition), '{}') AS held_by
    FROM {schema}.eventstore_group_partitions AS partition
    JOIN {schema}.subscriptions AS subscription ON subscription.subscription_id = partition.subscription_id
    LEFT JOIN {schema}.eventstore_group_members AS holder
        ON holder.group_id = partition.group_id AND holder.member = partition.member
        AND holder.lasts_until > clock_timestamp() AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
    WHERE partition.group_id = shared.subscription_id
) AS partition
ORDER BY own.stream_uuid COLLATE "C", own.subscription_name COLLATE "C"
