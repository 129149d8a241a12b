use async_trait::async_trait;

use crate::{EventNumber, Result, SubscriptionKey, SubscriptionRecord, Timestamp};

/// A subscription as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionInfo {
    /// What identifies it.
    pub key: SubscriptionKey,
    /// What is stored of it.
    pub record: SubscriptionRecord,
    /// When it was created.
    pub created_at: Timestamp,
    /// Whether somebody, in whichever process, holds its lease.
    pub is_held: bool,
    /// Where its stream ends; `None` if there is none, or it is deleted.
    pub head: Option<EventNumber>,
}

impl SubscriptionInfo {
    /// How many events of its stream it has not acknowledged; `None` if there is no stream.
    pub fn lag(&self) -> Option<u64> {
        self.head.map(|head| head.distance_from(self.record.checkpoint))
    }

    /// Whether its checkpoint is beyond the end of its stream: it skips what is appended up to there.
    pub fn is_beyond_head(&self) -> bool {
        self.head.is_some_and(|head| self.record.checkpoint > head)
    }
}

/// What to do with a change that may do harm: of a subscription that is held, or one that makes it skip events to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HolderPolicy {
    /// Refuse it.
    #[default]
    Respect,
    /// Make it all the same.
    Override,
}

/// Looks after stored subscriptions from outside, as operators do.
///
/// # Contract
///
/// - A subscription that somebody holds is not changed, unless the caller says so; nobody is given its lease while it is.
/// - A deleted subscription takes its checkpoint and its parked events with it. Created anew, it begins anew, under another
///   id.
/// - A checkpoint can be set backwards and forwards, which nothing else can; beyond the end of the stream, only if the caller says
///   so.
/// - A checkpoint that is about an earlier stream of the name is told as 0, as whoever takes the lease next finds it. Which
///   stream a checkpoint is about is known once the subscription has run, and not at all in a store of the other library
///   without our tables: there, it is told as it is stored.
#[async_trait]
pub trait SubscriptionAdmin: Send + Sync {
    /// Every subscription, ordered by stream, then by name, both by their bytes.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>>;

    /// One subscription.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionNotFound`](crate::Error::SubscriptionNotFound)
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo>;

    /// Deletes a subscription, if there is one.
    ///
    /// Whoever holds it in spite of that is told by the next checkpoint, or soon by its lease, and until then goes on.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionHeld`](crate::Error::SubscriptionHeld), unless the policy is to override
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()>;

    /// Moves the checkpoint of a subscription to where the caller says; what is parked stays parked.
    ///
    /// Whoever holds it in spite of that goes on with what comes after its own position.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionNotFound`](crate::Error::SubscriptionNotFound)
    /// - [`SubscriptionHeld`](crate::Error::SubscriptionHeld), [`BeyondHead`](crate::Error::BeyondHead), unless the policy is to
    ///   override
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()>;
}
