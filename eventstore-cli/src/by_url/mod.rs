//! The program on the store that a URL names: its scheme chooses the backend.

mod backend;
mod backup;
mod commands;
mod connector;
mod drop;
mod index;
mod init;
mod migrate;
mod reset;
mod url_connector;

pub(crate) use backend::Backend;
pub(crate) use index::{Index, IndexRow, Name as IndexName};
pub(crate) use init::{DataTypeName, Init, LayoutName};
pub(crate) use migrate::{Migrate, TargetLayout};
pub use url_connector::UrlConnector;
