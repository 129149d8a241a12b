-- $2, $3 and $4 are as in `save_checkpoint`.
SELECT coalesce(last_seen, 0) AS checkpoint,
    coalesce(lease_epoch = $2, false) AND coalesce(last_seen, 0) BETWEEN $3 AND $4 AS is_latest
FROM {schema}.subscriptions
WHERE subscription_id = $1
FOR NO KEY UPDATE
