use std::any::{self, Any};
use std::mem;

use async_trait::async_trait;
use eventstore_core::backend::{BegunProjection, ProjectionStep, ProjectionStore};
use eventstore_core::{Error, Result};

/// A [`ProjectionStore`] with any type of transaction; a type that implements that trait implements this one.
#[async_trait]
pub trait AnyProjectionStore: Send + Sync {
    /// See [`ProjectionStore::begin_step`].
    ///
    /// # Errors
    ///
    /// The errors of that method.
    async fn begin_any_step(&self, step: ProjectionStep) -> Result<BegunProjection<AnyTransaction>>;

    /// See [`ProjectionStore::commit_step`].
    ///
    /// # Errors
    ///
    /// The errors of that method, or [`InvalidInput`](Error::InvalidInput) if the transaction belongs to another store.
    async fn commit_any_step(&self, transaction: AnyTransaction) -> Result<()>;
}

/// A transaction of some [`ProjectionStore`].
#[derive(Debug)]
pub struct AnyTransaction(Box<dyn Any + Send>);

impl AnyTransaction {
    /// Returns the transaction itself if it has this type.
    pub fn downcast_mut<T: 'static>(&mut self) -> Option<&mut T> {
        // A backend that is made of parts wraps what one of them has wrapped.
        if self.0.is::<Self>() {
            return self.0.downcast_mut::<Self>()?.downcast_mut();
        }
        self.0.downcast_mut()
    }

    /// Takes the transaction out, to be put back later.
    pub(super) fn take(&mut self) -> Self {
        Self(mem::replace(&mut self.0, Box::new(())))
    }

    /// The transaction itself, which a harness has to know the type of.
    pub(super) fn expect_mut<T: 'static>(&mut self) -> &mut T {
        match self.downcast_mut() {
            Some(transaction) => transaction,
            None => panic!(
                "the effects of the harness are made in a `{}`, which the transactions of the store are not",
                any::type_name::<T>()
            ),
        }
    }
}

#[async_trait]
impl<S> AnyProjectionStore for S
where
    S: ProjectionStore,
    S::Transaction: 'static,
{
    async fn begin_any_step(&self, step: ProjectionStep) -> Result<BegunProjection<AnyTransaction>> {
        Ok(match self.begin_step(step).await? {
            BegunProjection::Begun(transaction) => BegunProjection::Begun(AnyTransaction(Box::new(transaction))),
            BegunProjection::Elsewhere(stored) => BegunProjection::Elsewhere(stored),
            BegunProjection::SubscriptionGone => BegunProjection::SubscriptionGone,
            BegunProjection::Fenced => BegunProjection::Fenced,
        })
    }

    async fn commit_any_step(&self, transaction: AnyTransaction) -> Result<()> {
        let own = transaction.0.downcast::<S::Transaction>();
        let own = own.map_err(|_| Error::invalid_input("transaction", "it is one of another store"))?;
        self.commit_step(*own).await
    }
}
