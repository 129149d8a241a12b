mod directory;
mod notifier;
mod reader;
mod reader_ext;
mod subscriptions;
mod writer;

pub use directory::{StreamDirectory, StreamInfo};
pub use notifier::{Hint, Listener, Notifier};
pub use reader::{Direction, EventReader, Page, PageRequest};
pub use reader_ext::{EventReaderExt, EventStream, Read};
pub use subscriptions::{
    CheckpointOutcome, Lease, SubscriptionBackend, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
pub use writer::EventWriter;
