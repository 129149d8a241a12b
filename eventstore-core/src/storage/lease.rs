use std::fmt;

use async_trait::async_trait;

use crate::{EventNumber, Result, SubscriptionId, SubscriptionKey};

/// Which lease of a subscription: one that was given later has a higher epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseEpoch(i64);

impl LeaseEpoch {
    /// Takes an epoch as storage gave it.
    pub const fn new(epoch: i64) -> Self {
        Self(epoch)
    }

    /// The epoch as storage keeps it.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for LeaseEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a write for a subscription proves its lease with (a fencing token): the storage refuses that of any lease but the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken {
    /// The subscription; another one that is created later never has the same id.
    pub id: SubscriptionId,
    /// The epoch of the lease.
    pub epoch: LeaseEpoch,
}

/// Why a lease is no longer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseLoss {
    /// Another process may hold it, or an administrator has set the checkpoint.
    InDoubt,
    /// The subscription has been deleted.
    SubscriptionDeleted,
    /// The stream was deleted and created again: the numbers in it begin again, and so does the checkpoint of the next holder.
    StreamReplaced,
}

/// The right to run a subscription; dropping it gives it back soon.
#[async_trait]
pub trait Lease: Send + Sync {
    /// What writes under this lease carry.
    fn token(&self) -> LeaseToken;

    /// Waits until the lease is lost, and tells why.
    ///
    /// Dropping the future before it is ready loses nothing.
    async fn lost(&self) -> LeaseLoss;

    /// Whether the lease is lost when another stream takes the place of the one that is read while it is held.
    ///
    /// One that was given before the stream existed may not know which is read. Nothing that is read under it is to be
    /// delivered: [`watch_stream`](SubscriptionLocks::watch_stream) makes it watch, or it is given back and taken again.
    fn watches_stream(&self) -> bool;

    /// Gives the lease back and waits until others can take it.
    async fn release(self: Box<Self>);
}

/// Whether a lease watches which stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamWatch {
    /// It does, from before this was answered.
    Watching,
    /// There is no stream yet.
    NoStream,
    /// It cannot be told: the lease is to be given back and taken again once there is a stream.
    Unknown,
}

/// A lease that was given, and where its holder begins.
pub struct AcquiredLease {
    /// The lease.
    pub lease: Box<dyn Lease>,
    /// The stored checkpoint: no earlier holder can change it any more.
    pub checkpoint: EventNumber,
}

impl fmt::Debug for AcquiredLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquiredLease")
            .field("token", &self.lease.token())
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}

/// Lets one holder at a time run a subscription, over all processes.
///
/// # Contract
///
/// - While a lease is held and not lost, no other one, not even on the same node, is given for the same subscription.
/// - Each lease has a higher epoch than every lease before it. From the moment it is given, whatever carries the token of an
///   earlier one is refused ([`save_checkpoint`](crate::SubscriptionStore::save_checkpoint),
///   [`park`](crate::ParkedEventStore::park), [`begin_step`](crate::ProjectionStore::begin_step)), however late it arrives;
///   so it is once an administrator has set the checkpoint.
/// - A holder that may have lost its lease is told so: when in doubt, it is lost. The end of a lost lease ends none that was given
///   since.
/// - A lease is lost at the latest when its holder's process ends.
/// - The holder of a subscription that is deleted, or whose checkpoint is set, is told so soon.
/// - A checkpoint is about one stream: when another one of the same name takes its place, a holder is told so soon, and
///   the next holder finds the checkpoint at zero. It does not matter what creates that stream: an append, a link, or parked
///   events. A lease that cannot tell so says that as well ([`Lease::watches_stream`]).
#[async_trait]
pub trait SubscriptionLocks: Send + Sync {
    /// Takes the lease of a subscription without waiting; `None` while another one holds it.
    ///
    /// A subscription that does not exist is created with the checkpoint `start_after`, whether or not the lease is given.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>>;

    /// Makes a lease that was given before its stream existed watch that stream, if there is one now.
    ///
    /// A stream that is not the one that the checkpoint is about is not watched: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        let _ = lease;
        Ok(StreamWatch::Unknown)
    }
}
