//! What one subscription of the process has just read of a stream is handed to the others that ask for it, and to those of `$all`
//! what the process has just appended.

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
