use eventstore_core::{Append, EventNumber, EventType, EventWriter, ExpectedVersion, StreamName};
use eventstore_postgres::PostgresStore;
use tokio::sync::watch;

use super::subscriber::until_received;
use crate::error::Result;
use crate::measure::Caller;
use crate::sample;

/// Appends to one stream after another, and waits each time until the last event has come to the stream's subscriber.
pub(super) struct AppendAndWait {
    store: PostgresStore,
    event_type: EventType,
    batch: u32,
    targets: Vec<Target>,
    next: usize,
}

struct Target {
    stream: StreamName,
    received: watch::Receiver<EventNumber>,
}

impl AppendAndWait {
    /// To the first streams; of each, the numbers that have come.
    pub(super) fn new(
        store: PostgresStore,
        batch: u32,
        received: Vec<watch::Receiver<EventNumber>>,
    ) -> Result<Self, eventstore_core::Error> {
        let target = |(number, received)| {
            let stream = StreamName::new(sample::stream(number))?;
            Ok(Target { stream, received })
        };
        let targets: Result<_, eventstore_core::Error> = (1..).zip(received).map(target).collect();
        Ok(Self {
            store,
            event_type: sample::event_type()?,
            batch,
            targets: targets?,
            next: 0,
        })
    }
}

impl Caller for AppendAndWait {
    async fn call(&mut self) -> Result<u64> {
        self.next = (self.next + 1) % self.targets.len().max(1);
        let Some(target) = self.targets.get_mut(self.next) else {
            return Ok(0);
        };
        let events = (0..self.batch).map(|_| sample::event(&self.event_type));
        let append = Append::new(target.stream.clone(), ExpectedVersion::Any, events)?;
        let receipt = self.store.append(append).await?;
        until_received(&mut target.received, receipt.last_version.into()).await?;
        Ok(receipt.count())
    }
}
