use std::sync::Arc;

use eventstore_core::{
    Direction, Error, EventFilter, EventNumber, EventToPark, Input, PageRequest, ParkedEventStore, Parking, Result,
    StreamSelector, SubscriptionBackend, SubscriptionId, SubscriptionKey,
};
use tracing::warn;

use super::acquire::{Acquired, Acquirer};
use super::continuity::Continuity;
use super::sieve::Sieve;
use crate::parked_gauge::ParkedGauge;
use crate::subscribe::Plan;
use crate::tail_cache::{TailRead, TailReader};
use crate::{StartFrom, SubscriptionEnded};

/// What a subscription does in the background.
pub(crate) struct Work {
    /// `None` of a transient subscription.
    key: Option<SubscriptionKey>,
    parking: Option<Arc<dyn ParkedEventStore>>,
    parked: Option<ParkedGauge>,
    backend: Arc<dyn SubscriptionBackend>,
    reader: TailReader,
    continuity: Continuity,
    begins_at_the_end: bool,
    acquirer: Acquirer,
    sieve: Sieve,
    selector: StreamSelector,
    filter: EventFilter,
}

/// What came of it.
pub(super) enum Done {
    Acquired(Acquired),
    Input(Input),
    Failed(SubscriptionEnded),
}

impl Work {
    pub(crate) fn new(
        backend: Arc<dyn SubscriptionBackend>,
        reader: TailReader,
        parking: Option<Arc<dyn ParkedEventStore>>,
        plan: &Plan,
    ) -> Self {
        Self {
            key: plan.key(),
            reader,
            continuity: Continuity::new(Arc::clone(&backend), plan.selector.clone()),
            begins_at_the_end: plan.name.is_none() && plan.start_from == StartFrom::Current,
            acquirer: Acquirer::new(Arc::clone(&backend), parking.clone(), plan),
            parked: plan.key().map(|key| ParkedGauge::new(backend.metrics_label(), &key)),
            parking,
            backend,
            sieve: Sieve::new(plan),
            selector: plan.selector.clone(),
            filter: plan.filter.clone(),
        }
    }

    /// What tells the store from others.
    pub(super) fn metrics_label(&self) -> &str {
        self.backend.metrics_label()
    }

    pub(super) async fn acquire(&self) -> Done {
        match self.acquirer.acquire().await {
            Ok(Some(acquired)) => {
                if self.begins_at_the_end {
                    self.continuity.saw_end(acquired.checkpoint);
                }
                if let Some(held) = &acquired.held {
                    self.tell_parked(held.id).await;
                }
                Done::Acquired(acquired)
            }
            Ok(None) => Done::Input(Input::AcquireFailed),
            Err(error) => failed_or(error, "taking the lease", Input::AcquireFailed),
        }
    }

    pub(super) async fn read(&self, after: EventNumber, limit: u32) -> Done {
        match self.read_page(after, limit).await {
            Ok(Ok(input)) => Done::Input(input),
            Ok(Err(ended)) => Done::Failed(ended),
            Err(Error::StreamNotFound { .. }) => Done::Input(Input::StreamMissing),
            Err(Error::StreamDeleted { .. }) => Done::Input(Input::StreamDeleted),
            Err(error) => failed_or(error, "reading", Input::ReadFailed),
        }
    }

    pub(super) async fn save(&self, id: SubscriptionId, number: EventNumber) -> Done {
        match self.on_the_same_log(self.backend.save_checkpoint(id, number)).await {
            Ok(Ok(outcome)) => Done::Input(Input::CheckpointStored { number, outcome }),
            Ok(Err(ended)) => Done::Failed(ended),
            Err(error) => failed_or(error, "storing a checkpoint", Input::CheckpointFailed { number }),
        }
    }

    pub(super) fn can_park(&self) -> bool {
        self.key.is_some() && self.parking.is_some()
    }

    pub(super) async fn park(&self, id: SubscriptionId, events: Vec<EventToPark>, checkpoint: EventNumber) -> Done {
        let (Some(store), Some(key)) = (&self.parking, self.key.clone()) else {
            return Done::Input(Input::ParkFailed);
        };
        let parking = Parking {
            id,
            key,
            events,
            checkpoint,
        };
        match self.on_the_same_log(store.park(&parking)).await {
            Ok(Ok(outcome)) => {
                self.tell_parked(id).await;
                Done::Input(Input::Parked(outcome))
            }
            Ok(Err(ended)) => Done::Failed(ended),
            // It is the stream of dead letters that has been deleted.
            Err(error @ Error::StreamDeleted { .. }) => Done::Failed(SubscriptionEnded::Failed(Arc::new(error))),
            Err(error) => failed_or(error, "parking events", Input::ParkFailed),
        }
    }

    /// Changes something about a log that holds what was seen of it.
    async fn on_the_same_log<T>(
        &self,
        change: impl Future<Output = Result<T>>,
    ) -> Result<Result<T, SubscriptionEnded>> {
        match self.continuity.check().await? {
            Ok(()) => change.await.map(Ok),
            Err(ended) => Ok(Err(ended)),
        }
    }

    async fn tell_parked(&self, id: SubscriptionId) {
        if let (Some(store), Some(gauge)) = (&self.parking, &self.parked) {
            gauge.tell(&**store, id).await;
        }
    }

    async fn read_page(&self, after: EventNumber, limit: u32) -> Result<Result<Input, SubscriptionEnded>> {
        let request = PageRequest::new(self.selector.clone(), Direction::Forward, after.next(), limit);
        let incarnation = self.backend.incarnation();
        let read = self.reader.read(request.filtered(self.filter.clone())).await;
        if let Err(ended) = self.continuity.check().await? {
            return Ok(Err(ended));
        }
        let read = read?;
        if self.backend.incarnation() != incarnation {
            return Err(exchanged());
        }
        self.continuity.saw(read.events());
        Ok(match read {
            TailRead::Page(page) => self.sieve.sift(page.events).map(|events| Input::PageRead {
                after,
                events,
                scanned_to: page.scanned_to,
                is_last: page.is_last,
            }),
            TailRead::HandedOver(part) => self.sieve.sift(part.events).map(|events| Input::HandedOver {
                after,
                events,
                up_to: part.up_to,
            }),
        })
    }
}

/// Errors that no repetition mends end the subscription; all others are worth another try.
fn failed_or(error: Error, doing: &str, input: Input) -> Done {
    match error {
        Error::StreamDeleted { .. } => Done::Failed(SubscriptionEnded::StreamDeleted),
        Error::StoreClosed => Done::Failed(SubscriptionEnded::StoreClosed),
        Error::NotInitialised { .. } | Error::AccessDenied { .. } | Error::InvalidInput { .. } => {
            Done::Failed(SubscriptionEnded::Failed(Arc::new(error)))
        }
        error => {
            warn!(%error, "{doing} failed and will be tried again");
            Done::Input(input)
        }
    }
}

/// What was read may be of the log before.
fn exchanged() -> Error {
    Error::Unavailable {
        message: "the storage was exchanged for another one during a read".to_owned(),
        source: None,
    }
}
