SELECT 'streams' AS table_name, next.sequence_name, next.id AS next_id, used.id AS last_id
FROM
    (
        SELECT
            last_value + CASE WHEN is_called THEN 1 ELSE 0 END AS id,
            quote_literal(tableoid::regclass::text) AS sequence_name
        FROM {schema}.streams_stream_id_seq
    ) AS next,
    (SELECT coalesce(max(stream_id), 0) AS id FROM {schema}.streams) AS used
WHERE next.id <= used.id
UNION ALL
SELECT 'subscriptions', next.sequence_name, next.id, used.id
FROM
    (
        SELECT
            last_value + CASE WHEN is_called THEN 1 ELSE 0 END AS id,
            quote_literal(tableoid::regclass::text) AS sequence_name
        FROM {schema}.subscriptions_subscription_id_seq
    ) AS next,
    (SELECT coalesce(max(subscription_id), 0) AS id FROM {schema}.subscriptions) AS used
WHERE next.id <= used.id
