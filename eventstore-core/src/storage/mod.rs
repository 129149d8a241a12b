mod deleter;
mod directory;
mod filter;
mod linker;
mod listing;
mod notifier;
mod page_cursor;
mod reader;
mod reader_ext;
mod snapshots;
mod subscriptions;
mod writer;

pub use deleter::StreamDeleter;
pub use directory::{StreamDirectory, StreamInfo};
pub use filter::{EventFilter, FilterConditions};
pub use linker::EventLinker;
pub use listing::{PageStart, StreamPage, StreamQuery, StreamSort};
pub use notifier::{Hint, Listener, Notifier};
pub use page_cursor::{PageCursor, PageStream};
pub use reader::{Direction, EventReader, Page, PageRequest};
pub use reader_ext::{EventReaderExt, EventStream, Read};
pub use snapshots::{RecordedSnapshot, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore};
pub use subscriptions::{
    CheckpointOutcome, Lease, SubscriptionBackend, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
pub use writer::EventWriter;
