mod group;
mod limits;
mod parts;
mod queue;
#[cfg(test)]
mod queue_model;
#[cfg(test)]
mod queue_tests;
mod size;
mod taken;

pub use group::{AppendGroup, GroupId, Patience, QueuedAppend, Ticket};
pub use limits::GroupLimits;
pub use queue::AppendQueue;

use parts::Parts;
use size::Size;
use taken::{Taken, Verdict};
