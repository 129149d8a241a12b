mod initialise;
mod inspect;
mod layout;
mod name;

pub use initialise::{Creation, initialise};
pub(crate) use inspect::{Found, inspect};
pub use layout::{DataType, Layout};
pub use name::{InvalidSchemaName, SchemaName};
