//! Appends of several callers share a transaction: the queue in core decides which, and this module carries them out (ADR 17).

mod commit;
mod lock_waits;
mod patient;
mod refusal_states;
mod running_group;
mod writer;

pub(crate) use lock_waits::LockWaits;
pub(crate) use writer::Writer;

use commit::{AppendOutcome, Committed, commit};
use patient::commit_patiently;
use refusal_states::RefusalStates;
use running_group::RunningGroup;
