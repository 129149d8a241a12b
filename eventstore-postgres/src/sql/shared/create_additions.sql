-- What this library keeps beside the tables that it shares with the other one. All of it is made unless it is there, by
-- `initialise` also where it finds a store, and recorded in a table of its own. Nothing refers to shared tables by a key,
-- which would get in the way of whoever truncates them.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_additions (
    name text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

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

INSERT INTO {schema}.eventstore_additions (name) VALUES ('eventstore_parked_events') ON CONFLICT DO NOTHING;
