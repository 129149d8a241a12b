-- Whether a subscription is a group; and whether it has a member, or this partition of it is held by one.
SELECT EXISTS (
    SELECT
    FROM {schema}.eventstore_group_members AS member
    WHERE member.group_id = $1 AND member.lasts_until > clock_timestamp()
        AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
        AND (
            $2::bigint IS NULL
            OR member.member = (SELECT member FROM {schema}.eventstore_group_partitions WHERE subscription_id = $2)
        )
) AS is_held
FROM {schema}.eventstore_groups AS shared
JOIN {schema}.subscriptions AS own USING (subscription_id, created_at)
WHERE shared.subscription_id = $1
