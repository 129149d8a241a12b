//! What the author of a backend implements and is given, beside the roles in the root of the crate.
//!
//! An application seldom names any of this. Until the first release, this module may change more than the root does.

pub use crate::event::{AppendParts, NumberedEvent, StoredPlace};
pub use crate::group_commit::{AppendGroup, AppendQueue, GroupId, GroupLimits, Patience, QueuedAppend, Ticket};
pub use crate::projection::ProjectionBuilds;
pub use crate::storage::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, EventToPark, FilterConditions, ForgottenSubject,
    GroupView, HeldPartition, Hint, ImportConflicts, ImportRun, Imported, InProcessReceiver, KeyAddition, KeyVault,
    Lease, LeaseEpoch, LeaseLoss, LeaseToken, Listener, Membership, Notifier, Page, PageCursor, PageRequest, PageRoom,
    PageStream, ParkOutcome, ParkedBacklog, Parking, PayloadFormat, PayloadStorage, ProjectionStep, ProjectionStore,
    Renewal, StatusOutcome, StreamWatch, SubjectKeys, SubscriptionBackend, SubscriptionLocks, SubscriptionRecord,
    SubscriptionStore, WrappedKey,
};
pub use crate::stream::{StreamState, VersionRefusal};
