//! What one subscription of the process has just read of `$all` is handed to the others that ask for it.

mod chunks;
mod flights;
mod reader;

#[cfg(test)]
mod tests;

pub(crate) use reader::{TailCache, TailReader};

use chunks::{Chunk, Chunks};
use flights::Flights;
