use eventstore_core::{Append, Error, EventNumber, EventWriter, ExpectedVersion, StreamName};
use eventstore_postgres::PostgresStore;
use uuid::Uuid;

use crate::error::Result;
use crate::sample;

/// The stream that subscriptions are started for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartedStream {
    events: u32,
    is_new: bool,
}

impl StartedStream {
    /// The first one of a population, with this many events.
    pub(crate) fn existing(events: u32) -> Self {
        Self { events, is_new: false }
    }

    /// Another one each time, which is created once the subscriptions have started.
    pub(crate) fn created_afterwards(events: u32) -> Self {
        Self { events, is_new: true }
    }

    /// The number of its last event.
    pub(crate) fn last(self) -> EventNumber {
        EventNumber::from(self.events)
    }

    /// The stream of the next call.
    pub(crate) fn next(self) -> Result<StreamName> {
        let name = if self.is_new {
            Uuid::now_v7().to_string()
        } else {
            sample::stream(1)
        };
        Ok(StreamName::new(name).map_err(Error::from)?)
    }

    pub(crate) async fn append_if_new(self, store: &PostgresStore, stream: &StreamName) -> Result<()> {
        if self.is_new {
            let event_type = sample::event_type().map_err(Error::from)?;
            let events = (0..self.events).map(|_| sample::event(&event_type));
            let append = Append::new(stream.clone(), ExpectedVersion::NoStream, events)?;
            store.append(append).await?;
        }
        Ok(())
    }
}
