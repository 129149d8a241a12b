#![doc = include_str!("../README.md")]

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

/// The crate whose types the signatures of this crate use, in the version that it takes.
pub use eventstore_core;
