//! The backend on a real server.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod conformance;
mod failures;
mod locks;
mod original;
mod original_data;
mod original_schema;
mod races;
mod schema;
mod subscriptions;
mod support;
mod verify;
