-- Which stream a subscription's checkpoint is about: a stream that was re-created under the same name is another one, and so
-- is a subscription with another time of creation. No foreign key refers to shared tables.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_subscription_streams (
    subscription_id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    stream_id bigint NOT NULL
);
