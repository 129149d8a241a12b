//! The backend on a real server.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod aggregates;
mod configuration;
mod conformance;
mod cuts;
mod failures;
mod faults;
mod filters;
mod gate;
mod group_commit;
mod hand_over;
mod in_transactions;
mod jsonb;
mod layout_versions;
mod locks;
mod migrations;
mod mixed;
mod observability;
mod one_error;
mod original;
mod original_data;
mod original_schema;
mod own_connection;
mod pgbouncer;
mod projections;
mod races;
mod read_ahead;
mod roles;
mod round_trips;
mod schema;
mod shared_pool;
mod subscriptions;
mod support;
mod to_compact;
mod typed_events;
mod verify;
