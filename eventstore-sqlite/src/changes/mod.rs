//! What one transaction changes in streams: decided here, in memory, and then written by as few statements as possible.

mod plan;
mod stored;
mod write;

pub(crate) use plan::{EventRow, Plan};
pub(crate) use stored::{StoredEvent, find_stored};
pub(crate) use write::write;
