use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eventstore_core::EventNumber;
use tokio_util::sync::CancellationToken;

use crate::{Delivery, Projector};

/// Where projectors have failed: the first event of the batch that failed first.
#[derive(Debug, Clone, Default)]
pub(super) struct FailedAt(Arc<Mutex<Option<EventNumber>>>);

impl FailedAt {
    pub(super) fn get(&self) -> Option<EventNumber> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, number: EventNumber) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(number);
    }
}

/// A projector of which is noted where it fails.
pub(super) struct Watched<P> {
    pub(super) projector: P,
    pub(super) failed_at: FailedAt,
    /// After so many more events, this ends the careful run.
    pub(super) careful: Option<(u32, CancellationToken)>,
}

#[async_trait]
impl<T, P> Projector<T> for Watched<P>
where
    T: Send,
    P: Projector<T>,
{
    type Error = P::Error;

    async fn project(&mut self, transaction: &mut T, events: &[Delivery]) -> Result<(), Self::Error> {
        let projected = self.projector.project(transaction, events).await;
        match (&projected, events.first()) {
            (Err(_), Some(first)) => self.failed_at.set(first.number),
            _ => self.count(events.len()),
        }
        projected
    }
}

impl<P> Watched<P> {
    fn count(&mut self, events: usize) {
        if let Some((left, done)) = &mut self.careful {
            *left = left.saturating_sub(u32::try_from(events).unwrap_or(u32::MAX));
            if *left == 0 {
                done.cancel();
            }
        }
    }
}
