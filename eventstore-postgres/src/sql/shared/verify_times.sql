-- Times that no reader of ours can hold: before the year 0, which is the year 1 BC, or after the year 9999.
SELECT 'stream' AS what, stream_uuid AS name
FROM {schema}.streams
WHERE created_at < '0001-01-01 00:00:00+00 BC' OR created_at >= '10000-01-01 00:00:00+00'
    OR deleted_at < '0001-01-01 00:00:00+00 BC' OR deleted_at >= '10000-01-01 00:00:00+00'
UNION ALL
SELECT 'snapshot', source_uuid
FROM {schema}.snapshots
WHERE created_at < '0001-01-01 00:00:00+00 BC' OR created_at >= '10000-01-01 00:00:00+00'
UNION ALL
SELECT 'subscription', subscription_name
FROM {schema}.subscriptions
WHERE created_at < '0001-01-01 00:00:00+00 BC' OR created_at >= '10000-01-01 00:00:00+00'
ORDER BY 1, 2
