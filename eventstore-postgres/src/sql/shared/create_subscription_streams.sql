-- Which stream a subscription's checkpoint is about: a stream of the same name that was created anew is another one, and so
-- is a subscription with another time of creation. Nothing refers to shared tables by a key.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_subscription_streams (
    subscription_id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    stream_id bigint NOT NULL
);
