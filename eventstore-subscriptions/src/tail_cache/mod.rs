//! Shares what one subscription of the process has just read of a stream with the others that ask for it, and gives those of `$all`
//! the events that the process has just appended (ADR 36).

mod chunks;
mod epoch;
mod flights;
mod reader;
mod readers;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use reader::{TailCache, TailRead, TailReader};

use chunks::{Chunk, Chunks};
use epoch::Epoch;
use flights::{Flight, Flights};
use readers::Readers;
use run::{Part, Run};
