-- A call that enters or changes a group locks the row of its subscription first.
SELECT coalesce(last_seen, 0) AS checkpoint
FROM {schema}.subscriptions
WHERE subscription_id = $1
FOR UPDATE
