//! Each test is a table: what happens, all that the machine wants done about it, and how far it has come then.

mod acknowledgement;
mod checkpoints;
mod ending;
mod lease;
mod parking;
mod partitions;
mod reading;
mod refusals;
mod subscribers;
pub(super) mod table;
