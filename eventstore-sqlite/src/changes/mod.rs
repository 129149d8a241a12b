//! What one transaction changes in streams: decided here, in memory, and then written by a few statements however much it is.

mod plan;
mod stored;
mod write;

pub(crate) use plan::{EventRow, Plan};
pub(crate) use stored::{StoredEvent, find_stored};
pub(crate) use write::write;
