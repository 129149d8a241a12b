//! What the server keeps for subscriptions: their records and checkpoints, leases, groups, parked events, builds of projections,
//! and what holders report.

mod admin;
mod builds;
mod groups;
mod lease;
mod parking;
mod projection;
mod records;
mod save_at_once;
mod statuses;

pub(crate) use groups::{Entrance, GroupsInHand};
pub use lease::LockTableFull;
pub(crate) use lease::{SharedLocks, StoreLocks};
pub(crate) use parking::park;
pub(crate) use projection::Projections;
pub(crate) use save_at_once::save_at_once;
