use std::sync::Arc;

use eventstore_core::{
    Error, EventNumber, Lease, Result, StreamInfo, SubscriptionBackend, SubscriptionKey, SubscriptionRecord,
};
use tokio::sync::OnceCell;

use crate::{StartFrom, Subscribe};

/// A lease together with what was stored when it was taken.
pub(crate) struct Acquired {
    pub(crate) lease: Box<dyn Lease>,
    pub(crate) record: SubscriptionRecord,
}

/// Takes the lease of one subscription.
pub(crate) struct Acquirer {
    backend: Arc<dyn SubscriptionBackend>,
    key: SubscriptionKey,
    start_from: StartFrom,
    /// Resolved once, so that a later attempt does not begin further on than the first.
    start_after: OnceCell<EventNumber>,
}

impl Acquirer {
    pub(crate) fn new(backend: Arc<dyn SubscriptionBackend>, request: &Subscribe) -> Self {
        Self {
            backend,
            key: request.key.clone(),
            start_from: request.start_from,
            start_after: OnceCell::new(),
        }
    }

    /// `None` while another one holds the lease.
    pub(crate) async fn acquire(&self) -> Result<Option<Acquired>> {
        let start_after = *self.start_after.get_or_try_init(|| self.resolve_start()).await?;
        let id = self.find_or_create(start_after).await?.id;
        let Some(lease) = self.backend.try_acquire(id).await? else {
            return Ok(None);
        };
        // Only now is the checkpoint safe from the holder before.
        let record = self.find_or_create(start_after).await?;
        if record.id == id {
            return Ok(Some(Acquired { lease, record }));
        }
        lease.release().await;
        Ok(None)
    }

    async fn find_or_create(&self, start_after: EventNumber) -> Result<SubscriptionRecord> {
        self.backend.find_or_create_subscription(&self.key, start_after).await
    }

    async fn resolve_start(&self) -> Result<EventNumber> {
        match self.start_from {
            StartFrom::Origin => Ok(EventNumber::ZERO),
            StartFrom::After(number) => Ok(number),
            StartFrom::Current => match self.backend.stream_info(&self.key.selector).await {
                Ok(StreamInfo { version, .. }) => Ok(version.into()),
                Err(Error::StreamNotFound { .. }) => Ok(EventNumber::ZERO),
                Err(error) => Err(error),
            },
        }
    }
}
