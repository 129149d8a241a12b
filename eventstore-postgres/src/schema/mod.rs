mod additions;
mod correlation_index;
mod initialise;
mod inspect;
mod layout;
mod name;

pub(crate) use additions::find_additions;
pub use correlation_index::create_correlation_index;
pub(crate) use correlation_index::{CorrelationIndex, find_correlation_index};
pub use initialise::{Creation, initialise};
pub(crate) use inspect::{Found, find_store, inspect};
pub use layout::{DataType, Layout};
pub use name::{InvalidSchemaName, SchemaName};
