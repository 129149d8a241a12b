WITH moved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $3
    WHERE subscription_id = $1 AND coalesce(last_seen, 0) = $2
    RETURNING last_seen
)
SELECT
    (SELECT last_seen FROM moved) AS moved,
    (SELECT coalesce(last_seen, 0) FROM {schema}.subscriptions WHERE subscription_id = $1) AS stored
