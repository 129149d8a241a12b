SELECT
    coalesce((SELECT stream_version FROM {schema}.streams WHERE stream_id = 0), 0) AS head,
    current_setting('transaction_read_only')::boolean AS is_read_only,
    coalesce(
        (
            SELECT max(greatest(stream.stream_version - coalesce(subscription.last_seen, 0), 0))
            FROM {schema}.subscriptions AS subscription
            JOIN {schema}.streams AS stream ON stream.stream_uuid = subscription.stream_uuid
            WHERE stream.deleted_at IS NULL
        ),
        0
    ) AS greatest_lag
