-- One part of $1, the one with the number $2: a large table is looked through in several statements.
SELECT 'streams' AS table_name, stream_uuid AS key, NULL AS second_key, count(*) AS count
FROM {schema}.streams
WHERE (hashtextextended(stream_uuid, 0) & 1023) % $1::bigint = $2::bigint
GROUP BY stream_uuid
HAVING count(*) > 1
UNION ALL
SELECT 'snapshots', source_uuid, NULL, count(*)
FROM {schema}.snapshots
WHERE (hashtextextended(source_uuid, 0) & 1023) % $1 = $2
GROUP BY source_uuid
HAVING count(*) > 1
UNION ALL
SELECT 'subscriptions', stream_uuid, subscription_name, count(*)
FROM {schema}.subscriptions
WHERE (hashtextextended(stream_uuid, 0) & 1023) % $1 = $2
GROUP BY stream_uuid, subscription_name
HAVING count(*) > 1
ORDER BY 1, 2, 3
