//! Doing something again and again, in turn with others, and what the figures say.

mod caller;
mod comparison;
mod entrant;
mod slice;
mod statistics;

pub(crate) use self::caller::Caller;
pub(crate) use self::comparison::{Comparison, Measured, Meter};
pub(crate) use self::entrant::{Entrant, OURS};
pub(crate) use self::slice::Slice;
pub(crate) use self::statistics::{Latency, Spread, float, rounded};
