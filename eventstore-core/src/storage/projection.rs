use async_trait::async_trait;

use crate::backend::LeaseToken;
use crate::{EventNumber, Result};

/// One step of a projection: the events after one number, up to and including another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectionStep {
    /// The lease of the subscription whose checkpoint the projection commits.
    pub lease: LeaseToken,
    /// The checkpoint that must be stored before the step.
    pub from: EventNumber,
    /// The checkpoint that is stored with the effects of the step.
    pub to: EventNumber,
}

/// What happened when a step was begun.
#[derive(Debug)]
pub enum BegunProjection<T> {
    /// The step has begun: its effects are to be made in this transaction.
    Begun(T),
    /// Nothing was changed: the stored checkpoint is this other one.
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
/// - A step begins only if the stored checkpoint is the one that the step starts from. Of several callers that begin the same step, one
///   commits it.
/// - A committed step has moved the checkpoint and made its effects; a dropped step has done neither. Until a step is committed, no one
///   else sees its effects.
/// - A step begins and is committed only under the latest lease: either no other lease is given until a step that has begun is over, or the
///   commit of the step is refused. A holder that stops inside a step delays the next holder no longer than its lease would last.
#[async_trait]
pub trait ProjectionStore: Send + Sync {
    /// The transaction in which the effects are made; dropping it undoes them.
    type Transaction: Send;

    /// Begins a step by moving the checkpoint; others see the move once the step is committed.
    ///
    /// Another caller that begins the same step in the meantime waits until the step is committed or dropped, or is refused when it
    /// commits.
    ///
    /// If the future is dropped, the step has not begun, and nothing is changed.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `step` if the step would end before it begins
    /// - [`Aborted`](crate::Error::Aborted) in favor of a concurrent call
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<Self::Transaction>>;

    /// Commits a step.
    ///
    /// If the future is dropped, the step is committed as a whole or not at all. The stored checkpoint tells which.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `transaction` if a statement in it has failed or ended it, so that the storage
    ///   cannot commit it
    /// - [`Aborted`](crate::Error::Aborted) in favor of another step or another lease
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which the stored checkpoint tells whether the step was committed
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn commit_step(&self, transaction: Self::Transaction) -> Result<()>;
}
