//! What one transaction changes in streams: decided here, in memory, and then written.

mod links;
mod plan;
mod stored;
mod write;

pub(crate) use links::{Source, find_sources, insert_links};
pub(crate) use plan::{EventRow, Plan};
pub(crate) use stored::{StoredEvent, find_stored};
pub(crate) use write::write;
