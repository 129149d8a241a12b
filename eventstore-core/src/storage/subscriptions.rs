use async_trait::async_trait;

use crate::{EventNumber, EventReader, Notifier, Result, StreamDirectory, SubscriptionId, SubscriptionKey};

/// The stored half of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Its id in storage; a subscription that is deleted and created anew has another one.
    pub id: SubscriptionId,
    /// The number up to which everything has been acknowledged.
    pub checkpoint: EventNumber,
}

/// What became of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointOutcome {
    /// It is stored.
    Saved,
    /// A later one, this one, stands in storage and stays there.
    Superseded(EventNumber),
    /// The subscription has been deleted.
    SubscriptionGone,
}

/// Keeps the checkpoints of subscriptions.
///
/// # Contract
///
/// - A stored checkpoint never moves backwards.
/// - Creating a subscription that exists changes nothing; concurrent creators get the same one. Stream and name together
///   identify it.
/// - Saving the stored checkpoint again is `Saved`.
#[async_trait]
pub trait SubscriptionStore: Send + Sync {
    /// Finds a subscription, or creates it with this checkpoint.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with
    /// the same arguments makes sure of it, and failures of the storage.
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord>;

    /// Moves the checkpoint of a subscription forward.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with
    /// the same arguments makes sure of it, and failures of the storage.
    async fn save_checkpoint(&self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome>;
}

/// Lets one holder at a time run a subscription, over all processes.
///
/// # Contract
///
/// - While a lease is held and not lost, nobody, on the same node neither, is given one for the same subscription.
/// - A holder that may have lost its lease is told so: when in doubt, it is lost. The end of a lost lease ends none that was given
///   since.
/// - A lease is lost at the latest when its holder's process ends.
/// - Whoever holds the lease of a subscription that is deleted is told so soon.
/// - A checkpoint is about one stream: when another one of the same name stands in its place, a holder is told so soon, and
///   whoever takes the lease next finds the checkpoint at the begin. A lease that cannot tell so says that as well
///   ([`Lease::watches_stream`]).
#[async_trait]
pub trait SubscriptionLocks: Send + Sync {
    /// Takes the lease of a subscription without waiting; `None` while another one holds it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>>;
}

/// Why a lease is no longer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseLoss {
    /// Somebody else may hold it.
    InDoubt,
    /// The subscription has been deleted.
    SubscriptionDeleted,
    /// The stream was deleted and created anew: the numbers in it begin again, and so does the checkpoint of whoever takes the
    /// lease next.
    StreamReplaced,
}

/// The right to run a subscription; dropping it gives it back soon.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Waits until the lease is lost, and tells why.
    ///
    /// Dropping the future before it is ready loses nothing.
    async fn lost(&self) -> LeaseLoss;

    /// Whether the lease is lost when another stream takes the place of the one that is read while it is held.
    ///
    /// One that was given before the stream existed may not know which is read. Nothing that is read under it is to be
    /// delivered: once there is a stream, the lease is given back and taken anew.
    fn watches_stream(&self) -> bool;

    /// Gives the lease back and waits until others can take it.
    async fn release(self: Box<Self>);
}

/// All that a subscription needs of a backend.
pub trait SubscriptionBackend:
    EventReader + StreamDirectory + Notifier + SubscriptionStore + SubscriptionLocks
{
}

impl<B> SubscriptionBackend for B where
    B: EventReader + StreamDirectory + Notifier + SubscriptionStore + SubscriptionLocks + ?Sized
{
}
