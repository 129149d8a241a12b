-- No foreign key refers to shared tables: it would keep users from truncating them.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_parked_events (
    subscription_id bigint NOT NULL,
    event_number bigint NOT NULL,
    event_id uuid NOT NULL,
    partition_key bytea,
    reason text,
    attempts bigint NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT eventstore_parked_events_pkey PRIMARY KEY (subscription_id, event_number)
);
