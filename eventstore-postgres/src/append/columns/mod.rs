//! Appends as arrays, column by column, as their statements take them.

mod append;
mod events;
mod group;
mod import;
mod wanted;

pub(crate) use append::AppendColumns;
pub(crate) use group::GroupColumns;
pub(crate) use import::ImportColumns;
pub(crate) use wanted::WantedColumns;

use events::EventColumns;
