//! Pages of events, and what is found by an id or a time.

mod head;
mod lookup;
mod number_at;
mod page;
#[cfg(test)]
mod plans;
mod row;
mod scan;
mod trace;
