//! What the server keeps for subscriptions: their records and checkpoints, leases, parked events, and what holders report.

mod admin;
mod lease;
mod parking;
mod projection;
mod records;
mod save_at_once;
mod statuses;

pub use lease::LockTableFull;
pub(crate) use lease::{SharedLocks, StoreLocks};
pub(crate) use parking::park;
pub(crate) use projection::Projections;
pub(crate) use save_at_once::save_at_once;
