//! What the tables hold, and what they are called.

mod event_index;
mod layout;
mod payload;
pub(crate) mod payload_size;
mod schema_name;
mod stored_timestamp;

pub use event_index::{EventIndex, IndexState};
pub use layout::{DataType, Layout};
pub(crate) use payload::{Payload, PayloadColumn, StoredPayload};
pub use schema_name::{InvalidSchemaName, SchemaName};
pub(crate) use stored_timestamp::StoredTimestamp;
