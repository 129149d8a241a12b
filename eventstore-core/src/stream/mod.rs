mod delete;
mod expected_version;
mod name;
mod selector;

pub use delete::{Delete, Deletion};
pub use expected_version::{ExpectedVersion, InvalidExpectedVersion, StreamState, VersionRefusal};
pub use name::{InvalidStreamName, StreamName};
pub use selector::StreamSelector;
