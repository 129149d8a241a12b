use std::sync::Arc;

use eventstore_core::backend::{
    AcquiredLease, Lease, LeaseToken, ParkedBacklog, SubscriptionBackend, SubscriptionLocks,
};
use eventstore_core::{
    Error, EventNumber, ParkedEventStore, Result, StreamDirectory, StreamInfo, StreamSelector, SubscriptionId,
    SubscriptionKey,
};
use tokio::sync::OnceCell;

use crate::StartFrom;
use crate::buffer::Tenure;
use crate::subscribe::Plan;

/// What a subscription starts with.
pub(super) struct Acquired {
    /// `None` for a transient subscription.
    pub(super) held: Option<Held>,
    pub(super) checkpoint: EventNumber,
    pub(super) parked: ParkedBacklog,
}

/// The lease of a persistent subscription.
pub(super) struct Held {
    pub(super) lease: Box<dyn Lease>,
    /// The checkpoint that was stored when the lease was given.
    begins_after: EventNumber,
    /// Whether the lease is known to watch its stream. Once it does, nothing that was read before may be delivered.
    pub(super) is_watching: bool,
}

impl Held {
    pub(super) fn token(&self) -> LeaseToken {
        self.lease.token()
    }

    pub(super) fn tenure(&self) -> Tenure {
        Tenure {
            lease: self.token(),
            begins_after: self.begins_after,
        }
    }
}

/// Takes the lease of one subscription, and finds out where it begins.
pub(super) struct Acquirer {
    backend: Arc<dyn SubscriptionBackend>,
    locks: Arc<dyn SubscriptionLocks>,
    parking: Option<Arc<dyn ParkedEventStore>>,
    selector: StreamSelector,
    /// `None` for a transient subscription.
    key: Option<SubscriptionKey>,
    start_from: StartFrom,
    /// Resolved once, so that a later attempt does not begin further on than the first.
    start_after: OnceCell<EventNumber>,
}

impl Acquirer {
    pub(super) fn new(
        backend: Arc<dyn SubscriptionBackend>,
        locks: Arc<dyn SubscriptionLocks>,
        parking: Option<Arc<dyn ParkedEventStore>>,
        plan: &Plan,
    ) -> Self {
        Self {
            backend,
            locks,
            parking,
            selector: plan.selector.clone(),
            key: plan.key(),
            start_from: plan.start_from,
            start_after: OnceCell::new(),
        }
    }

    /// `None` while another process or subscription holds the lease.
    pub(super) async fn acquire(&self) -> Result<Option<Acquired>> {
        let start_after = *self.start_after.get_or_try_init(|| self.resolve_start()).await?;
        match &self.key {
            Some(key) => self.take_lease(key, start_after).await,
            None => Ok(Some(Acquired {
                held: None,
                checkpoint: start_after,
                parked: ParkedBacklog::default(),
            })),
        }
    }

    async fn take_lease(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<Acquired>> {
        let Some(AcquiredLease { lease, checkpoint }) = self.locks.try_acquire(key, start_after).await? else {
            return Ok(None);
        };
        Ok(Some(Acquired {
            // Read under the lease, or the holder before could still park events. If this fails, the lease is dropped,
            // which gives it back.
            parked: self.parked(lease.token().id).await?,
            held: Some(Held {
                is_watching: lease.watches_stream(),
                lease,
                begins_after: checkpoint,
            }),
            checkpoint,
        }))
    }

    async fn parked(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        match &self.parking {
            Some(store) => store.parked_backlog(id).await,
            None => Ok(ParkedBacklog::default()),
        }
    }

    async fn resolve_start(&self) -> Result<EventNumber> {
        resolve_start(&*self.backend, &self.selector, self.start_from).await
    }
}

/// The number after which a new subscription begins.
pub(crate) async fn resolve_start(
    directory: &(impl StreamDirectory + ?Sized),
    selector: &StreamSelector,
    start_from: StartFrom,
) -> Result<EventNumber> {
    match start_from {
        StartFrom::Origin => Ok(EventNumber::ZERO),
        StartFrom::After(number) => Ok(number),
        StartFrom::Current => match directory.stream_info(selector).await {
            Ok(StreamInfo { version, .. }) => Ok(version.into()),
            Err(Error::StreamNotFound { .. }) => Ok(EventNumber::ZERO),
            Err(error) => Err(error),
        },
    }
}
