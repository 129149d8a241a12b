use async_trait::async_trait;

use crate::backend::SubscriptionRecord;
use crate::{EventNumber, Result, SubscriptionKey, Timestamp};

/// A subscription as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionInfo {
    /// The key that identifies the subscription.
    pub key: SubscriptionKey,
    /// What is stored of the subscription.
    pub record: SubscriptionRecord,
    /// When the subscription was created.
    pub created_at: Timestamp,
    /// Whether any process holds the subscription's lease.
    pub is_held: bool,
    /// The number at which the subscription's stream ends; `None` if the stream does not exist or is deleted.
    pub head: Option<EventNumber>,
}

impl SubscriptionInfo {
    /// Returns how many events of its stream the subscription has not acknowledged; `None` if there is no stream.
    pub fn lag(&self) -> Option<u64> {
        self.head.map(|head| head.distance_from(self.record.checkpoint))
    }

    /// Whether the checkpoint is beyond the end of the stream: the subscription skips the events that are appended up to the checkpoint.
    pub fn is_beyond_head(&self) -> bool {
        self.head.is_some_and(|head| self.record.checkpoint > head)
    }
}

/// What to do with a change that may do harm: the subscription is held, or the change makes it skip future events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HolderPolicy {
    /// Refuse the change.
    #[default]
    Respect,
    /// Make the change anyway.
    Override,
}

/// Manages stored subscriptions from outside, as operators do.
///
/// # Contract
///
/// - A subscription whose lease is held is not changed, unless the caller says so. No one is given its lease while it is changed.
/// - Deleting a subscription also deletes its checkpoint and its parked events. A re-created subscription starts again, under another id.
/// - An administrator can set a checkpoint backward, which no holder can, or forward. A checkpoint beyond the end of the stream is set
///   only if the caller says so.
/// - A checkpoint that is about an earlier stream of the same name is reported as 0, which is also what the next lease holder finds. Which
///   stream a checkpoint is about is known once the subscription has run. In a store of another library without our tables, it is never
///   known, and the checkpoint is reported as it is stored.
#[async_trait]
pub trait SubscriptionAdmin: Send + Sync {
    /// Lists every subscription, ordered by stream, then by name, both in byte order.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>>;

    /// Returns one subscription.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionNotFound`](crate::Error::SubscriptionNotFound)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo>;

    /// Deletes a subscription, if it exists.
    ///
    /// If the policy overrides a holder, the holder learns of the deletion from its next checkpoint, or soon from its lease. Until then it
    /// continues.
    ///
    /// If the future is dropped, the subscription is deleted with all that belongs to it, or not at all.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionHeld`](crate::Error::SubscriptionHeld), unless the policy is to override
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()>;

    /// Sets the checkpoint of a subscription; parked events stay parked.
    ///
    /// If the policy overrides a holder, whatever the holder stores from then on is refused, and it is told soon that its lease is in
    /// doubt.
    ///
    /// If the future is dropped, the checkpoint may be set.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionNotFound`](crate::Error::SubscriptionNotFound)
    /// - [`SubscriptionHeld`](crate::Error::SubscriptionHeld), [`BeyondHead`](crate::Error::BeyondHead), unless the policy is to override
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()>;
}
