-- A takeover that commits while this waits for the row is seen: what is compared is in the row. $4 and $5 are where the
-- checkpoint may be that this holder has stored: the other library takes over without an epoch.
WITH saved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $3
    WHERE subscription_id = $1 AND lease_epoch = $2 AND coalesce(last_seen, 0) < $3
        AND coalesce(last_seen, 0) BETWEEN $4 AND $5
    RETURNING last_seen
)
SELECT saved.last_seen AS saved, stored.checkpoint, stored.is_latest
FROM (VALUES (1)) AS one
LEFT JOIN saved ON true
LEFT JOIN (
    SELECT coalesce(last_seen, 0) AS checkpoint,
        coalesce(lease_epoch = $2, false) AND coalesce(last_seen, 0) BETWEEN $4 AND $5 AS is_latest
    FROM {schema}.subscriptions
    WHERE subscription_id = $1
) AS stored ON true
