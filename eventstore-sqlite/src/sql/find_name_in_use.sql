-- ?1: a JSON array of arrays: stream, name.
SELECT subscription.name
FROM json_each(?1) AS wanted
JOIN eventstore_subscriptions AS subscription
    ON subscription.stream = wanted.value ->> 0 AND subscription.name = wanted.value ->> 1
LIMIT 1
