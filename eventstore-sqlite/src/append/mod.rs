//! Appends: what is to be stored is decided here (`plan`), and stored by a few statements however many appends there are.

mod commit;
mod import;
mod plan;
mod set;
mod stored;
mod write;

pub(crate) use commit::GroupCommit;
pub(crate) use plan::{Plan, StreamRow};
pub(crate) use stored::{StoredEvent, find_stored};
pub(crate) use write::write;
