//! What a process knows of new events, and whom it tells (ADR 36, ADR 42).

mod commits;
mod recipients;
mod slot;
mod topic;
mod topics;

pub use commits::Commits;
pub use topics::{Found, Known, Topics};

use recipients::Recipients;
use slot::{Slot, SlotListener};
use topic::Topic;
