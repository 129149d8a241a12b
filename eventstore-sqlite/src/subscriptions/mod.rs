//! Subscriptions: records, checkpoints, leases, groups, parked events, projection steps, builds of projections, administration.

mod admin;
mod builds;
mod checkpoints;
mod group;
mod lease;
mod parking;
mod projection;
mod records;
mod statuses;

pub(crate) use group::Entry;
pub(crate) use lease::{Clock, Leases};
