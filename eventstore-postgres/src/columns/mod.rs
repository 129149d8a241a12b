//! Appends as arrays, column by column, as their statements take them.

mod append;
mod events;
mod group;

pub(crate) use append::AppendColumns;
pub(crate) use group::GroupColumns;

use events::EventColumns;
