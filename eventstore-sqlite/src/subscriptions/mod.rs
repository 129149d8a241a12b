//! Subscriptions: records, checkpoints, leases, parked events, projection steps, administration.

mod admin;
mod checkpoints;
mod lease;
mod parking;
mod projection;
mod records;
mod statuses;

pub(crate) use lease::{Clock, Leases};
