//! Appends: those that share a transaction, sets, and imports.

mod commit;
mod import;
mod set;

pub(crate) use commit::GroupCommit;
