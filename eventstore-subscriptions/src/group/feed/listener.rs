use std::future::pending;

use async_trait::async_trait;
use eventstore_core::backend::{Hint, Listener};
use tokio::sync::watch;

/// Hears of events of one partition.
pub(crate) struct PartitionListener(watch::Receiver<Hint>);

impl PartitionListener {
    pub(super) fn new(hints: watch::Receiver<Hint>) -> Self {
        Self(hints)
    }
}

#[async_trait]
impl Listener for PartitionListener {
    /// Hears nothing more once the partition is given back or nothing is read any more: the one that runs the group ends what listens.
    async fn hint(&mut self) -> Option<Hint> {
        if self.0.changed().await.is_err() {
            pending::<()>().await;
        }
        Some(*self.0.borrow_and_update())
    }
}
