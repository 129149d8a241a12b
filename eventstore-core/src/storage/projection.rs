use async_trait::async_trait;

use crate::{EventNumber, LeaseToken, Result};

/// A step of a projection: the events after one number up to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectionStep {
    /// The lease of the subscription whose checkpoint goes with the projection.
    pub lease: LeaseToken,
    /// The checkpoint that has to be stored before.
    pub from: EventNumber,
    /// The checkpoint that is stored with the effects of the step.
    pub to: EventNumber,
}

/// What became of the begin of a step.
#[derive(Debug)]
pub enum BegunProjection<T> {
    /// The transaction in which the effects are to be made.
    Begun(T),
    /// Nothing was changed: another checkpoint, this one, stands in storage.
    Elsewhere(EventNumber),
    /// Nothing was changed: the subscription has been deleted.
    SubscriptionGone,
    /// Nothing was changed: the lease is not the latest one.
    Fenced,
}

/// Commits the effects of a projection together with its checkpoint.
///
/// # Contract
///
/// - A step begins only where the checkpoint stands; of several who begin the same step, one commits it.
/// - A committed step has moved the checkpoint, and made its effects; a dropped one has done neither. Until it is committed,
///   nobody else sees its effects.
/// - Only under the latest lease a step begins and is committed: either no other lease is given until a step that has begun
///   is over, or it is refused when it is committed. A holder that stops inside a step keeps no heir waiting for longer than
///   its lease would last.
#[async_trait]
pub trait ProjectionStore: Send + Sync {
    /// What the effects are made in; dropping it undoes them.
    type Transaction: Send;

    /// Begins a step by moving the checkpoint, which others see when it is committed.
    ///
    /// Whoever begins the same step meanwhile waits until it is committed or dropped, or is told so when committing.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `step` if it would end before it begins
    /// - [`Unavailable`](crate::Error::Unavailable), [`Aborted`](crate::Error::Aborted) and failures of the storage
    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<Self::Transaction>>;

    /// Commits a step.
    ///
    /// # Errors
    ///
    /// [`Aborted`](crate::Error::Aborted) in favor of another step or another lease,
    /// [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which the stored checkpoint tells, and failures of the
    /// storage.
    async fn commit_step(&self, transaction: Self::Transaction) -> Result<()>;
}
