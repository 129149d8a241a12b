//! Pages of events, and what is found by an id or a time.

mod events;
mod lookup;
mod number_at;
mod page;
mod payloads;
#[cfg(test)]
mod plans;
mod rows;
mod scan;
mod size;
