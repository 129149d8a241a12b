-- No row keeps an epoch, $2: another holder is known by its checkpoint alone.
WITH saved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $3
    WHERE subscription_id = $1 AND $2::bigint IS NOT NULL AND coalesce(last_seen, 0) < $3
        AND coalesce(last_seen, 0) BETWEEN $4 AND $5
    RETURNING last_seen
)
SELECT saved.last_seen AS saved, stored.checkpoint, stored.is_latest
FROM (VALUES (1)) AS one
LEFT JOIN saved ON true
LEFT JOIN (
    SELECT coalesce(last_seen, 0) AS checkpoint, coalesce(last_seen, 0) BETWEEN $4 AND $5 AS is_latest
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
) AS stored ON true
