//! Appends of several callers share a transaction: the queue in core decides which, and this module carries them out (ADR 17).

mod commit;
mod findings;
mod lock_waits;
mod patient;
mod turn;
mod writer;

pub(crate) use lock_waits::LockWaits;
pub(crate) use writer::Writer;

use commit::{Committed, Fate, commit};
use findings::Findings;
use patient::commit_patiently;
use turn::Turn;
