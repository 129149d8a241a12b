mod append;
mod append_set;
mod event_type;
mod id;
mod link;
mod new_event;
mod receipt;
mod recorded;
mod repeated;

pub use append::Append;
pub use append_set::AppendSet;
pub use event_type::{EventType, InvalidEventType};
pub use id::EventId;
pub use link::{Link, LinkReceipt};
pub use new_event::NewEvent;
pub use receipt::AppendReceipt;
pub use recorded::RecordedEvent;
pub(crate) use repeated::first_repeated;
