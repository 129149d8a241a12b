//! Appends of several callers share a transaction: the queue in core tells which, and what follows carries it out.

mod commit;
mod copies;
mod turn;
mod writer;

pub(crate) use writer::Writer;

use commit::{Committed, Fate, commit};
use copies::copies_of;
use turn::Turn;
use writer::Caller;
