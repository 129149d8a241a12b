use async_trait::async_trait;

use crate::backend::{LeaseToken, Notifier, SubscriptionLocks};
use crate::{
    EventNumber, EventReader, Result, StreamDirectory, SubscriptionId, SubscriptionKey, SubscriptionStatusStore,
};

/// What is stored of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionRecord {
    /// The subscription's id in storage; a subscription that is deleted and re-created has a new id, which no subscription had before.
    pub id: SubscriptionId,
    /// The number up to which every event has been acknowledged.
    pub checkpoint: EventNumber,
}

/// What happened to a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointOutcome {
    /// The checkpoint is stored.
    Saved,
    /// Nothing was changed: this later checkpoint is already stored.
    Superseded(EventNumber),
    /// Nothing was changed: the lease is not the latest one.
    Fenced,
    /// The subscription has been deleted.
    SubscriptionGone,
}

/// Keeps the checkpoints of subscriptions.
///
/// # Contract
///
/// - A stored checkpoint never moves backwards, except when an administrator sets it or its stream is replaced.
/// - Only the holder of the latest lease moves the checkpoint: see [`SubscriptionLocks`].
/// - The id of a deleted subscription is never given to another subscription.
/// - Creating a subscription that exists changes nothing, and concurrent creators get the same subscription. Stream and name together
///   identify it.
/// - Saving the stored checkpoint again returns `Saved`.
#[async_trait]
pub trait SubscriptionStore: Send + Sync {
    /// Finds a subscription, or creates it with this checkpoint.
    ///
    /// If the future is dropped, the subscription may be created.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord>;

    /// Moves the checkpoint of a subscription forward, under its latest lease.
    ///
    /// If the future is dropped, the checkpoint may be stored, even after the drop, unless a later lease has been given by then.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome>;
}

/// Everything that a subscription needs from a backend.
pub trait SubscriptionBackend:
    EventReader + StreamDirectory + Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore
{
}

impl<B> SubscriptionBackend for B where
    B: EventReader
        + StreamDirectory
        + Notifier
        + SubscriptionStore
        + SubscriptionLocks
        + SubscriptionStatusStore
        + ?Sized
{
}
