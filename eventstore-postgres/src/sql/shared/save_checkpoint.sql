WITH saved AS (
    UPDATE {schema}.subscriptions
    SET last_seen = $2
    WHERE subscription_id = $1 AND coalesce(last_seen, 0) < $2
    RETURNING last_seen
)
SELECT
    (SELECT last_seen FROM saved) AS saved,
    (SELECT coalesce(last_seen, 0) FROM {schema}.subscriptions WHERE subscription_id = $1) AS stored
