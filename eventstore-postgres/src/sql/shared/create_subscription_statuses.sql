-- What the holders of subscriptions have reported last. No foreign key refers to shared tables: a row whose subscription is gone counts
-- for nothing.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_subscription_statuses (
    subscription_id bigint PRIMARY KEY,
    holder text NOT NULL,
    delivered bigint NOT NULL,
    in_flight bigint NOT NULL,
    subscribers bigint NOT NULL,
    attempts bigint NOT NULL,
    failed_number bigint,
    failed_event_id uuid,
    failure text,
    failed_at timestamptz,
    reported_at timestamptz NOT NULL,
    is_running boolean NOT NULL DEFAULT false,
    alone_number bigint,
    alone_attempts bigint
);

-- A table of before (ADR 65).
ALTER TABLE {schema}.eventstore_subscription_statuses
    ADD COLUMN IF NOT EXISTS is_running boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS alone_number bigint,
    ADD COLUMN IF NOT EXISTS alone_attempts bigint;
