//! Pages of events, and what is found by an id or a time.

mod events;
mod head;
mod lookup;
mod number_at;
mod packed;
mod page;
mod payloads;
#[cfg(test)]
mod plans;
mod scan;
mod size;
