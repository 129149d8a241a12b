//! Appends of several callers share a transaction: the committer decides which, and this module carries them out (ADR 17).

mod commit;
mod group_commit;
mod lock_waits;
mod patient;
mod writer;

pub(crate) use group_commit::GroupCommit;

use lock_waits::LockWaits;
use writer::GroupWriter;
