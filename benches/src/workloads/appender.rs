use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, StreamName, StreamVersion};

use crate::arguments::Expected;
use crate::error::Result;
use crate::measure::Caller;
use crate::sample;
use crate::walk::Walk;

/// Appends through the store.
pub(crate) struct Appender<S> {
    store: S,
    target: Target,
    event_type: EventType,
    batch: u32,
}

/// Where the next append goes, and what it expects.
enum Target {
    Own { stream: StreamName, version: StreamVersion },
    Any { stream: StreamName },
    Walk(Walk),
}

impl<S: EventWriter + Clone> Appender<S> {
    /// One for each of the first streams, this many in all.
    pub(crate) fn of_own_streams(store: &S, callers: usize, batch: u32, expected: Expected) -> Result<Vec<Self>> {
        let target = |number| -> eventstore_core::Result<_> {
            let stream = StreamName::new(sample::stream(number))?;
            Ok(match expected {
                Expected::Any => Target::Any { stream },
                Expected::Exact => Target::Own {
                    stream,
                    version: StreamVersion::ZERO,
                },
            })
        };
        (1..)
            .take(callers)
            .map(|number| Self::new(store, target(number)?, batch))
            .collect()
    }

    /// This many for the first stream.
    pub(super) fn of_one_stream(store: &S, callers: usize, batch: u32) -> Result<Vec<Self>> {
        let stream = StreamName::new(sample::stream(1)).map_err(eventstore_core::Error::from)?;
        let target = || Target::Any { stream: stream.clone() };
        (0..callers).map(|_| Self::new(store, target(), batch)).collect()
    }

    /// One for each of the walks.
    pub(super) fn of_walks(store: &S, walks: Vec<Walk>, batch: u32) -> Result<Vec<Self>> {
        walks
            .into_iter()
            .map(|walk| Self::new(store, Target::Walk(walk), batch))
            .collect()
    }

    fn new(store: &S, target: Target, batch: u32) -> Result<Self> {
        Ok(Self {
            store: store.clone(),
            target,
            event_type: sample::event_type().map_err(eventstore_core::Error::from)?,
            batch,
        })
    }
}

impl<S: EventWriter + Clone + 'static> Caller for Appender<S> {
    async fn call(&mut self) -> Result<u64> {
        let events = (0..self.batch).map(|_| sample::event(&self.event_type));
        let (stream, expected) = self.target.next()?;
        let receipt = self.store.append(Append::new(stream, expected, events)?).await?;
        if let Target::Own { version, .. } = &mut self.target {
            *version = receipt.last_version;
        }
        Ok(receipt.count())
    }
}

impl Target {
    fn next(&mut self) -> Result<(StreamName, ExpectedVersion), eventstore_core::Error> {
        Ok(match self {
            Self::Own { stream, version } => (stream.clone(), ExpectedVersion::Exact(*version)),
            Self::Any { stream } => (stream.clone(), ExpectedVersion::Any),
            Self::Walk(walk) => (StreamName::new(sample::stream(walk.step()))?, ExpectedVersion::Any),
        })
    }
}
