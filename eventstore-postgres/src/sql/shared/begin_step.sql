-- The row stays locked until the step is over: no other lease is given meanwhile. $4, $5 and $6 are as in `save_checkpoint`.
WITH moved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $3
    WHERE subscription_id = $1 AND coalesce(last_seen, 0) = $2 AND lease_epoch = $4
        AND coalesce(last_seen, 0) BETWEEN $5 AND $6
    RETURNING last_seen
)
SELECT moved.last_seen AS moved, stored.checkpoint, stored.is_latest
FROM (VALUES (1)) AS one
LEFT JOIN moved ON true
LEFT JOIN (
    SELECT coalesce(last_seen, 0) AS checkpoint,
        coalesce(lease_epoch = $4, false) AND coalesce(last_seen, 0) BETWEEN $5 AND $6 AS is_latest
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
) AS stored ON true
