SELECT subscription_id,
    (SELECT stream_version FROM {schema}.streams WHERE streams.stream_uuid = $1 AND deleted_at IS NULL) AS head
FROM {schema}.subscriptions
WHERE stream_uuid = $1 AND subscription_name = $2
FOR UPDATE
