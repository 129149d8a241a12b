//! Concurrent appends share transactions (ADR 17, ADR 51).

mod admission;
mod commit_group;
mod committer;
mod pending;
mod running_group;
#[cfg(test)]
mod tests;

pub use admission::{Admission, Admitted};
pub use commit_group::{AppendOutcome, CommitGroup, CommittedGroup};
pub use committer::Committer;
