use std::fmt;

use async_trait::async_trait;

use crate::{EventNumber, Result, SubscriptionId, SubscriptionKey};

/// The epoch of a lease of a subscription; a lease that is given later has a higher epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseEpoch(i64);

impl LeaseEpoch {
    /// Creates an epoch from its stored value.
    pub const fn new(epoch: i64) -> Self {
        Self(epoch)
    }

    /// Returns the stored value of the epoch.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for LeaseEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fencing token with which a write for a subscription proves its lease; the storage refuses the token of any lease but the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken {
    /// The id of the subscription; a subscription that is created later never has the same id.
    pub id: SubscriptionId,
    /// The epoch of the lease.
    pub epoch: LeaseEpoch,
}

/// Why a lease is no longer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseLoss {
    /// Another process may hold the lease, or an administrator has set the checkpoint.
    InDoubt,
    /// The subscription has been deleted.
    SubscriptionDeleted,
    /// The stream was deleted and re-created: its numbers start again, and so does the checkpoint of the next holder.
    StreamReplaced,
}

/// The right to run a subscription; dropping it releases the lease soon.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Returns the token that writes under this lease carry.
    fn token(&self) -> LeaseToken;

    /// Waits until the lease is lost, and returns the reason.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    async fn lost(&self) -> LeaseLoss;

    /// Whether the lease is lost if another stream replaces the one that is read while the lease is held.
    ///
    /// A lease that was given before the stream existed may not know which stream is read. Events that are read under such a lease must not
    /// be delivered. [`watch_stream`](SubscriptionLocks::watch_stream) makes the lease watch the stream; otherwise the holder releases the
    /// lease and acquires it again.
    fn watches_stream(&self) -> bool;

    /// Releases the lease, and waits until others can acquire it.
    ///
    /// If the future is dropped, the lease is released all the same.
    async fn release(self: Box<Self>);
}

/// Whether a lease watches the stream that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamWatch {
    /// The lease watches the stream, and has done so since before this answer.
    Watching,
    /// There is no stream yet.
    NoStream,
    /// The storage cannot tell: the holder must release the lease and acquire it again once there is a stream.
    Unknown,
}

/// A lease that was given, and the checkpoint at which its holder starts.
pub struct AcquiredLease {
    /// The lease.
    pub lease: Box<dyn Lease>,
    /// The stored checkpoint; no earlier holder can change it any more.
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

/// Lets one holder at a time run a subscription, across all processes.
///
/// # Contract
///
/// - While a lease is held and not lost, no other lease is given for the same subscription, not even on the same node.
/// - Each lease has a higher epoch than every lease before it. From the moment it is given, every call that carries the token of an earlier
///   lease is refused ([`save_checkpoint`](crate::backend::SubscriptionStore::save_checkpoint), [`park`](crate::ParkedEventStore::park),
///   [`begin_step`](crate::backend::ProjectionStore::begin_step)), however late it arrives. The same holds once an administrator has set the
///   checkpoint.
/// - A holder that may have lost its lease is told so: when in doubt, the lease is lost. The end of a lost lease does not end a lease that
///   was given since.
/// - A lease is lost at the latest when its holder's process ends.
/// - If a subscription is deleted or its checkpoint is set, its holder is told so soon.
/// - A checkpoint is about one stream. When another stream of the same name takes its place, a holder is told so soon, and the next holder
///   finds the checkpoint at zero. It does not matter what creates that stream: an append, a link, or parked events. A lease that cannot
///   detect this says so ([`Lease::watches_stream`]).
#[async_trait]
pub trait SubscriptionLocks: Send + Sync {
    /// Acquires the lease of a subscription without waiting; `None` while another holder has it.
    ///
    /// A subscription that does not exist is created with the checkpoint `start_after`, whether or not the lease is given.
    ///
    /// If the future is dropped, a lease that was given is released again soon. The subscription may have been created.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>>;

    /// Makes a lease that was given before its stream existed watch that stream, if there is one now.
    ///
    /// If the checkpoint is about another stream, the lease does not watch this one: the lease is lost.
    ///
    /// If the future is dropped, the lease may watch the stream.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        let _ = lease;
        Ok(StreamWatch::Unknown)
    }
}
