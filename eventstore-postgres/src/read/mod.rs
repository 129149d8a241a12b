//! Pages of events, and what is found by an id or a time.

mod events;
mod index_state;
mod lookup;
mod number_at;
mod page;
mod payloads;
#[cfg(test)]
mod plans;
mod rows;
mod scan;
mod size;
mod trace;

pub(crate) use index_state::index_state;
