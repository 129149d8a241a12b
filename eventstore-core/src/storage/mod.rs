mod deleter;
mod directory;
mod filter;
mod linker;
mod listing;
mod notifier;
mod page_cursor;
mod page_room;
mod parking;
mod payloads;
mod projection;
mod reader;
mod reader_ext;
mod recipient;
mod snapshots;
mod subscription_admin;
mod subscriptions;
mod writer;

pub use deleter::StreamDeleter;
pub use directory::{StreamDirectory, StreamInfo};
pub use filter::{EventFilter, FilterConditions};
pub use linker::EventLinker;
pub use listing::{PageStart, StreamPage, StreamQuery, StreamSort};
pub use notifier::{Hint, Listener, Notifier};
pub use page_cursor::{PageCursor, PageStream};
pub use page_room::PageRoom;
pub use parking::{EventToPark, ParkCause, ParkOutcome, ParkedBacklog, ParkedEvent, ParkedEventStore, Parking};
pub use payloads::{PayloadFormat, PayloadStorage};
pub use projection::{BegunProjection, ProjectionStep, ProjectionStore};
pub use reader::{Direction, EventReader, Page, PageRequest};
pub use reader_ext::{EventReaderExt, EventStream, Read};
pub use recipient::Recipient;
pub use snapshots::{RecordedSnapshot, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore};
pub use subscription_admin::{HolderPolicy, SubscriptionAdmin, SubscriptionInfo};
pub use subscriptions::{
    CheckpointOutcome, Lease, LeaseLoss, SubscriptionBackend, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
pub use writer::EventWriter;
