SELECT coalesce(last_seen, 0) AS checkpoint
FROM {schema}.subscriptions
WHERE subscription_id = $1
FOR NO KEY UPDATE
