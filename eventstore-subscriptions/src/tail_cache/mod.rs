//! Shares what one subscription of the process has just read of a stream with the others that ask for it, and gives those of `$all`
//! the events that the process has just appended (ADR 36).

mod appended_events;
mod chunks;
mod epoch;
mod reader;
mod readers;
mod running_reads;

#[cfg(test)]
mod tests;

pub(crate) use reader::{TailCache, TailRead, TailReader};

use appended_events::{AppendedEvents, Part};
use chunks::{Chunk, Chunks};
use epoch::Epoch;
use readers::Readers;
use running_reads::{RunningRead, RunningReads};
