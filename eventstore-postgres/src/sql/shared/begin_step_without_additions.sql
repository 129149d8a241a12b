WITH moved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $3
    WHERE subscription_id = $1 AND coalesce(last_seen, 0) = $2 AND $4::bigint IS NOT NULL
        AND coalesce(last_seen, 0) BETWEEN $5 AND $6
    RETURNING last_seen
)
SELECT moved.last_seen AS moved, stored.checkpoint, stored.is_latest
FROM (VALUES (1)) AS one
LEFT JOIN moved ON true
LEFT JOIN (
    SELECT coalesce(last_seen, 0) AS checkpoint, coalesce(last_seen, 0) BETWEEN $5 AND $6 AS is_latest
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
) AS stored ON true
