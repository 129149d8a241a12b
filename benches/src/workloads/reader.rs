use eventstore_core::{EventReader, EventReaderExt, Read, StreamName};
use futures_util::TryStreamExt;

use crate::error::{LoadError, Result};
use crate::measure::{Caller, OURS};
use crate::sample;
use crate::walk::Walk;

/// Reads one whole stream after another through the store.
pub(crate) struct Reader<S> {
    store: S,
    walk: Walk,
    events: usize,
}

impl<S: EventReader + Clone> Reader<S> {
    /// Reads streams that hold exactly this many events each.
    pub(crate) fn of_walks(store: &S, walks: Vec<Walk>, events: usize) -> Vec<Self> {
        let reader = |walk| Self {
            store: store.clone(),
            walk,
            events,
        };
        walks.into_iter().map(reader).collect()
    }
}

impl<S: EventReader + Clone + 'static> Caller for Reader<S> {
    async fn call(&mut self) -> Result<u64> {
        let stream = StreamName::new(sample::stream(self.walk.step())).map_err(eventstore_core::Error::from)?;
        let events: Vec<_> = self.store.read(Read::new(stream)).try_collect().await?;
        if events.len() == self.events && events.iter().all(|event| event.data[..] == sample::DATA) {
            Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
        } else {
            Err(LoadError::Unsound {
                what: OURS.to_owned(),
                finding: format!("{} of {} events came", events.len(), self.events),
            })
        }
    }
}
