mod group;
mod group_builder;
mod limits;
mod parts;
mod queue;
#[cfg(test)]
mod queue_model;
#[cfg(test)]
mod queue_tests;
mod size;

pub use group::{AppendGroup, GroupId, Patience, QueuedAppend, Ticket};
pub use limits::GroupLimits;
pub use queue::AppendQueue;

use group_builder::{GroupBuilder, Verdict};
use parts::Parts;
use size::Size;
