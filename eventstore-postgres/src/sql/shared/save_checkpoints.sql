-- Skips a row that another transaction has locked, and a row whose checkpoint is not to be stored: statements of their own find
-- out what became of them, so that no subscription waits for another one's row. The arrays are as the parameters of
-- `save_checkpoint`.
WITH asked AS MATERIALIZED (
    SELECT subscription_id, lease_epoch, checkpoint, lowest, highest
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
        AS asked (subscription_id, lease_epoch, checkpoint, lowest, highest)
),
locked AS MATERIALIZED (
    SELECT subscription_id
    FROM {schema}.subscriptions
    WHERE subscription_id = ANY ($1)
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE {schema}.subscriptions AS subscription
SET last_seen = asked.checkpoint
FROM locked
JOIN asked USING (subscription_id)
WHERE subscription.subscription_id = locked.subscription_id AND subscription.lease_epoch = asked.lease_epoch
    AND coalesce(subscription.last_seen, 0) < asked.checkpoint
    AND coalesce(subscription.last_seen, 0) BETWEEN asked.lowest AND asked.highest
RETURNING subscription.subscription_id
