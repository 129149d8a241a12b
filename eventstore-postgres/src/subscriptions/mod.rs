//! What the server keeps for subscriptions: their records and checkpoints, leases, and parked events.

mod admin;
mod checkpoint_group;
mod lease;
mod parking;
mod projection;
mod records;

pub(crate) use checkpoint_group::CheckpointGroup;
pub use lease::LockTableFull;
pub(crate) use lease::{SharedLocks, StoreLocks};
pub(crate) use parking::park;
pub(crate) use projection::Projections;
