//! Implementations of a backend's roles for pointers to it.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Weak};

use uuid::Uuid;

use super::{
    AcquiredLease, BegunProjection, CheckpointOutcome, Closable, EventImporter, EventLinker, EventLookup, EventReader,
    EventTracing, EventWriter, ForgottenSubject, FoundEvent, GroupInfo, GroupStore, HeldPartition, HolderPolicy,
    ImportConflicts, ImportRun, Imported, InProcessReceiver, KeyAddition, KeyVault, LeaseToken, Listener, Membership,
    Notifier, Page, PageCursor, PageRequest, PageStream, ParkOutcome, ParkedBacklog, ParkedEvent, ParkedEventStore,
    Parking, PayloadFormat, PayloadStorage, ProjectionCatalog, ProjectionStep, ProjectionStore, RecordedSnapshot,
    Renewal, ReportedStatus, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StatisticsSource, StatusOutcome,
    StatusReport, StoreStatistics, StreamDeleter, StreamDirectory, StreamInfo, StreamPage, StreamQuery, StreamWatch,
    SubjectKeys, SubscriptionAdmin, SubscriptionInfo, SubscriptionLocks, SubscriptionRecord, SubscriptionStatusStore,
    SubscriptionStore, TracedEvents, WrappedKey,
};
use crate::{
    Append, AppendReceipt, AppendSet, BuildChange, BuildNumber, Delete, EventId, EventNumber, GroupSettings, Link,
    LinkReceipt, MemberId, PartitionNumber, Position, ProjectionBuild, ProjectionName, Result, StatusText, StreamName,
    StreamSelector, SubscriptionId, SubscriptionKey, Timestamp,
};

/// Methods that hand on the future of what is pointed to: one of their own would be another allocation for each call. The
/// lifetimes are those that `async_trait` gives to the arguments that are references.
macro_rules! forward {
    ($(fn $method:ident$(<$($life:lifetime),+>)?($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {$(
        fn $method<'s, $($($life,)+)? 'f>(
            &'s self,
            $($argument: $type),*
        ) -> Pin<Box<dyn Future<Output = Result<$answer>> + Send + 'f>>
        where
            's: 'f,
            $($($life: 'f,)+)?
            Self: 'f,
        {
            (**self).$method($($argument),*)
        }
    )+};
}

/// Plays every role that what is pointed to plays.
macro_rules! forward_roles {
    ($($pointer:ty),+) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<T: EventWriter + ?Sized> EventWriter for $pointer {
            forward! {
                fn append(append: Append) -> AppendReceipt;
                fn append_set(set: AppendSet) -> Vec<AppendReceipt>;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: KeyVault + ?Sized> KeyVault for $pointer {
            forward! {
                fn keys_of<'a>(subject: &'a str) -> SubjectKeys;
                fn add_key<'a>(subject: &'a str, key: WrappedKey) -> KeyAddition;
                fn forget_subject<'a>(subject: &'a str) -> ();
                fn forgotten_after(number: u64, limit: u32) -> Vec<ForgottenSubject>;
            }

            fn storage_epoch(&self) -> u64 {
                (**self).storage_epoch()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: EventReader + ?Sized> EventReader for $pointer {
            forward! {
                fn read_page(request: PageRequest) -> Page;
                fn number_at<'a>(selector: &'a StreamSelector, at: Timestamp) -> EventNumber;
            }

            fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
                (**self).read_pages(cursor)
            }

            fn metrics_label(&self) -> &str {
                (**self).metrics_label()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: EventLookup + ?Sized> EventLookup for $pointer {
            forward! {
                fn find_event(id: EventId) -> Option<FoundEvent>;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: EventTracing + ?Sized> EventTracing for $pointer {
            forward! {
                fn caused_by(cause: EventId, after: Option<Position>, limit: NonZeroU32) -> TracedEvents;
                fn correlated(correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> TracedEvents;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: EventLinker + ?Sized> EventLinker for $pointer {
            forward! {
                fn link(link: Link) -> LinkReceipt;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: EventImporter + ?Sized> EventImporter for $pointer {
            forward! {
                fn import<'a>(runs: &'a [ImportRun], conflicts: ImportConflicts) -> Imported;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: StreamDeleter + ?Sized> StreamDeleter for $pointer {
            forward! {
                fn delete(delete: Delete) -> ();
                fn undelete<'a>(stream: &'a StreamName) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: StreamDirectory + ?Sized> StreamDirectory for $pointer {
            forward! {
                fn stream_info<'a>(selector: &'a StreamSelector) -> StreamInfo;
                fn list_streams(query: StreamQuery) -> StreamPage;
                fn streams_by_name<'a, 'b>(
                    prefix: &'a str,
                    after: Option<&'b StreamName>,
                    limit: NonZeroU32
                ) -> Vec<StreamInfo>;
                fn newest_streams(before: Option<u64>, limit: NonZeroU32) -> Vec<StreamInfo>;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: SnapshotStore + ?Sized> SnapshotStore for $pointer {
            forward! {
                fn read_snapshot<'a>(source: &'a StreamName) -> Option<RecordedSnapshot>;
                fn list_snapshots<'a>(after: Option<&'a StreamName>, limit: u32) -> Vec<RecordedSnapshot>;
                fn record_snapshot(snapshot: Snapshot, policy: SnapshotPolicy) -> SnapshotOutcome;
                fn delete_snapshot<'a>(source: &'a StreamName) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: PayloadStorage + ?Sized> PayloadStorage for $pointer {
            fn payload_format(&self) -> PayloadFormat {
                (**self).payload_format()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Notifier + ?Sized> Notifier for $pointer {
            fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
                (**self).listen(selector)
            }

            fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
                (**self).deliver_in_process_to(recipient);
            }

            fn storage_epoch(&self) -> u64 {
                (**self).storage_epoch()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: SubscriptionStore + ?Sized> SubscriptionStore for $pointer {
            forward! {
                fn find_or_create_subscription<'a>(
                    key: &'a SubscriptionKey,
                    start_after: EventNumber
                ) -> SubscriptionRecord;
                fn save_checkpoint(lease: LeaseToken, checkpoint: EventNumber) -> CheckpointOutcome;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: SubscriptionLocks + ?Sized> SubscriptionLocks for $pointer {
            forward! {
                fn try_acquire<'a>(key: &'a SubscriptionKey, start_after: EventNumber) -> Option<AcquiredLease>;
                fn watch_stream(lease: LeaseToken) -> StreamWatch;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: SubscriptionAdmin + ?Sized> SubscriptionAdmin for $pointer {
            forward! {
                fn list_subscriptions() -> Vec<SubscriptionInfo>;
                fn subscription_info<'a>(key: &'a SubscriptionKey) -> SubscriptionInfo;
                fn delete_subscription<'a>(key: &'a SubscriptionKey, policy: HolderPolicy) -> ();
                fn set_checkpoint<'a>(
                    key: &'a SubscriptionKey,
                    checkpoint: EventNumber,
                    policy: HolderPolicy
                ) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: SubscriptionStatusStore + ?Sized> SubscriptionStatusStore for $pointer {
            forward! {
                fn report_status<'a>(lease: LeaseToken, report: &'a StatusReport) -> StatusOutcome;
                fn subscription_statuses() -> Vec<ReportedStatus>;
                fn subscription_status(id: SubscriptionId) -> Option<ReportedStatus>;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: GroupStore + ?Sized> GroupStore for $pointer {
            forward! {
                fn enter_group<'a, 'b, 'c>(
                    key: &'a SubscriptionKey,
                    settings: &'b GroupSettings,
                    start_after: EventNumber,
                    member: MemberId,
                    name: &'c StatusText
                ) -> Option<Membership>;
                fn renew_membership(membership: Membership) -> Renewal;
                fn claim_partitions(membership: Membership, at_most: u16) -> Vec<HeldPartition>;
                fn held_partitions(membership: Membership) -> Vec<HeldPartition>;
                fn release_partitions<'a>(membership: Membership, partitions: &'a [PartitionNumber]) -> ();
                fn leave_group(membership: Membership) -> ();
                fn list_groups() -> Vec<GroupInfo>;
                fn change_group<'a, 'b>(key: &'a SubscriptionKey, settings: &'b GroupSettings) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: ProjectionCatalog + ?Sized> ProjectionCatalog for $pointer {
            forward! {
                fn list_builds() -> Vec<ProjectionBuild>;
                fn builds_of<'a>(name: &'a ProjectionName) -> Vec<ProjectionBuild>;
                fn begin_build<'a>(name: &'a ProjectionName, version: u32) -> ProjectionBuild;
                fn change_build<'a, 'b>(
                    name: &'a ProjectionName,
                    number: BuildNumber,
                    change: &'b BuildChange
                ) -> ProjectionBuild;
                fn forget_build<'a>(name: &'a ProjectionName, number: BuildNumber) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: Closable + ?Sized> Closable for $pointer {
            fn close<'s, 'f>(&'s self) -> Pin<Box<dyn Future<Output = ()> + Send + 'f>>
            where
                's: 'f,
                Self: 'f,
            {
                (**self).close()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: ParkedEventStore + ?Sized> ParkedEventStore for $pointer {
            forward! {
                fn park<'a>(parking: &'a Parking) -> ParkOutcome;
                fn parked_backlog(id: SubscriptionId) -> ParkedBacklog;
                fn count_parked(id: SubscriptionId) -> u64;
                fn list_parked(id: SubscriptionId, after: EventNumber, limit: u32) -> Vec<ParkedEvent>;
                fn unpark(id: SubscriptionId, number: EventNumber) -> bool;
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: ProjectionStore + ?Sized> ProjectionStore for $pointer {
            type Transaction = T::Transaction;

            forward! {
                fn begin_step(step: ProjectionStep) -> BegunProjection<T::Transaction>;
                fn commit_step(transaction: T::Transaction) -> ();
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<T: StatisticsSource + ?Sized> StatisticsSource for $pointer {
            forward! {
                fn statistics() -> StoreStatistics;
            }
        }
    )+};
}

forward_roles!(&T, Box<T>, Arc<T>);
