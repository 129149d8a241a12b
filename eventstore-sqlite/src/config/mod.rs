//! Where the file is, and how it is opened.

mod location;
mod sqlite_config;
mod synchronous;
mod text;

pub use sqlite_config::SqliteConfig;
pub use synchronous::Synchronous;

pub(crate) use location::Location;
