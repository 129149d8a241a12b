//! Pages of events, and what is found by an id or a time.

pub(crate) mod ahead;
pub(crate) mod events;
mod lookup;
mod number_at;
pub(crate) mod page;
mod payloads;
#[cfg(test)]
mod plans;
pub(crate) mod recent;
pub(crate) mod rows;
pub(crate) mod scan;
pub(crate) mod size;
