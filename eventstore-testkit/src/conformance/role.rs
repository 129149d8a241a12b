use std::fmt;

/// A role that a backend can play; [`conformance!`](crate::conformance!) takes the names of roles in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Appending, reading and listing: `EventWriter`, `EventReader` and `StreamDirectory`.
    Streams,
    /// References to events in other streams: `EventLinker`, on top of [`Streams`](Self::Streams).
    Links,
    /// Finding events by their ids: `EventLookup`, on top of [`Streams`](Self::Streams).
    Lookup,
    /// Finding events by their cause and their conversation: `EventTracing`, on top of [`Streams`](Self::Streams).
    Tracing,
    /// Importing the events of another store: `EventImporter`, on top of [`Streams`](Self::Streams).
    Imports,
    /// Deleting and restoring streams: `StreamDeleter`, on top of [`Streams`](Self::Streams).
    Deletes,
    /// Snapshots: `SnapshotStore`, which needs no other role.
    Snapshots,
    /// Live delivery with checkpoints: `Notifier`, `SubscriptionStore`, `SubscriptionLocks` and `SubscriptionStatusStore`, on top of
    /// [`Streams`](Self::Streams).
    Subscriptions,
    /// Operating on stored subscriptions: `SubscriptionAdmin`, on top of [`Subscriptions`](Self::Subscriptions).
    Administration,
    /// Parked events: `ParkedEventStore`, on top of [`Subscriptions`](Self::Subscriptions).
    Parking,
    /// Effects that commit with a checkpoint: `ProjectionStore`, on top of [`Subscriptions`](Self::Subscriptions).
    Projections,
    /// What a backend knows of itself: `StatisticsSource`, on top of [`Streams`](Self::Streams).
    Statistics,
    /// Members that share the partitions of a subscription: `GroupStore`, on top of [`Subscriptions`](Self::Subscriptions).
    Groups,
    /// The builds of managed projections: `ProjectionCatalog`, which needs no other role.
    Catalog,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 14] = [
        Self::Streams,
        Self::Links,
        Self::Lookup,
        Self::Tracing,
        Self::Imports,
        Self::Deletes,
        Self::Snapshots,
        Self::Subscriptions,
        Self::Administration,
        Self::Parking,
        Self::Projections,
        Self::Statistics,
        Self::Groups,
        Self::Catalog,
    ];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Streams => "streams",
            Self::Links => "links",
            Self::Lookup => "lookup",
            Self::Tracing => "tracing",
            Self::Imports => "imports",
            Self::Deletes => "deletes",
            Self::Snapshots => "snapshots",
            Self::Subscriptions => "subscriptions",
            Self::Administration => "administration",
            Self::Parking => "parking",
            Self::Projections => "projections",
            Self::Statistics => "statistics",
            Self::Groups => "groups",
            Self::Catalog => "catalog",
        })
    }
}
