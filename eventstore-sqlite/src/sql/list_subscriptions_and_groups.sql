-- ?1 and ?2: stream and name of the only one that is wanted, or NULL.
-- ?3: the run of the machine. ?4: the machine's clock. ?5: when memberships end at the latest.
-- As `list_subscriptions.sql`; but a group is where the slowest of its partitions is. What a single holder has acknowledged, every partition
-- has.
WITH lasting AS (
    SELECT holder.group_id, holder.member
    FROM eventstore_group_members AS holder
    JOIN eventstore_groups AS entered ON entered.subscription_id = holder.group_id
    JOIN eventstore_subscriptions AS taken ON taken.id = entered.subscription_id AND taken.lease_epoch = entered.lease_epoch
    WHERE holder.lasts_boot = ?3 AND holder.lasts_until > ?4 AND holder.lasts_until <= ?5
)
SELECT
    subscription.stream, subscription.name, subscription.id,
    max(
        CASE WHEN subscription.bound_stream_id <> stream.id THEN 0 ELSE subscription.checkpoint END,
        coalesce(own.checkpoint, 0),
        coalesce(
            (
                SELECT min(slow.checkpoint)
                FROM eventstore_group_partitions AS every_part
                JOIN eventstore_subscriptions AS slow ON slow.id = every_part.subscription_id
                WHERE every_part.group_id = shared.subscription_id
            ),
            0
        )
    ) AS checkpoint,
    subscription.created_at,
    CASE WHEN stream.deleted_at IS NULL THEN stream.version END AS head,
    subscription.lease_boot, subscription.lease_until,
    EXISTS (SELECT 1 FROM lasting WHERE lasting.group_id = shared.subscription_id)
        OR EXISTS (SELECT 1 FROM lasting WHERE lasting.group_id = part.group_id AND lasting.member = part.member)
        AS has_member
FROM eventstore_subscriptions AS subscription
LEFT JOIN eventstore_streams AS stream ON stream.name = subscription.stream
LEFT JOIN eventstore_groups AS shared ON shared.subscription_id = subscription.id
LEFT JOIN eventstore_group_partitions AS part ON part.subscription_id = subscription.id
LEFT JOIN eventstore_subscriptions AS own ON own.id = part.group_id
WHERE ?1 IS NULL OR (subscription.stream = ?1 AND subscription.name = ?2)
ORDER BY subscription.stream, subscription.name
