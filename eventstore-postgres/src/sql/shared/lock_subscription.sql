SELECT subscription_id
FROM {schema}.subscriptions
WHERE stream_uuid = $1 AND subscription_name = $2
FOR UPDATE
