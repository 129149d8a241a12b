//! Makes the tables of a store, finds out what a file holds, and copies, empties and removes it.

mod backup;
mod causation_index;
mod check_file;
mod create;
mod drop;
mod inspect;
mod migrate;
mod network;
mod open;
mod reset;

pub use create::Creation;
pub use drop::Removal;

pub(crate) use backup::backup;
pub(crate) use causation_index::{create_causation_index, drop_causation_index, has_causation_index};
pub(crate) use check_file::check_file;
pub(crate) use create::create;
pub(crate) use drop::drop_store;
pub(crate) use inspect::{Contents, has_store, inspect};
pub(crate) use migrate::{is_migrated, migrate};
pub(crate) use open::open_store;
pub(crate) use reset::reset;

use inspect::{VERSION, connect_to_store};
use network::warn_of_network;
