//! Pages of events, and what is found by an id or a time.

mod ahead;
mod events;
mod lookup;
mod number_at;
mod page;
mod payloads;
#[cfg(test)]
mod plans;
mod recent;
mod rows;
mod scan;
mod size;

pub(crate) use ahead::ReadAhead;
