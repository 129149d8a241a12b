SELECT EXISTS (
    SELECT 1
    FROM eventstore_subscriptions AS subscription
    JOIN eventstore_streams AS stream ON stream.name = subscription.stream
    WHERE subscription.id = ?1
)
