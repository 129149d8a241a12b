mod append;
mod event_type;
mod id;
mod new_event;
mod recorded;

pub use append::{Append, AppendReceipt};
pub use event_type::{EventType, InvalidEventType};
pub use id::EventId;
pub use new_event::NewEvent;
pub use recorded::RecordedEvent;
