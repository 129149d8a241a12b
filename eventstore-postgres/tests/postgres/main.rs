//! The backend on a real server.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod conformance;
mod failures;
mod locks;
mod races;
mod schema;
mod subscriptions;
mod support;
mod verify;
