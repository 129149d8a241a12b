use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use eventstore_core::backend::{Page, PageRequest, SubscriptionBackend};
use eventstore_core::{Error, PartitionNumber, Result};
use tokio_util::sync::CancellationToken;

use super::Feed;

/// The reader of one partition: gives what was read for it, and reads nothing itself.
pub(crate) struct PartitionReader {
    feed: Arc<Feed>,
    backend: Arc<dyn SubscriptionBackend>,
    partition: PartitionNumber,
    /// From then on, what waits for the partition is for another one who reads it here.
    lost: CancellationToken,
}

impl PartitionReader {
    pub(in crate::group) fn new(
        feed: Arc<Feed>,
        backend: Arc<dyn SubscriptionBackend>,
        partition: PartitionNumber,
        lost: CancellationToken,
    ) -> Self {
        Self {
            feed,
            backend,
            partition,
            lost,
        }
    }

    /// Returns what waits for the partition. If that is all, the page is the last one so far: a hint says when there is more.
    pub(crate) fn read(&self, request: &PageRequest) -> Result<Page> {
        let mut queues = self.feed.queues();
        if self.feed.storage_epoch.load(Ordering::Relaxed) != self.backend.storage_epoch() {
            self.feed.changed.notify_one();
            return Err(Error::Unavailable {
                message: "the storage failed over to one with another log".to_owned(),
                source: None,
            });
        }
        if self.lost.is_cancelled() {
            return Ok(Page {
                events: Vec::new(),
                scanned_to: request.from.before(1),
                is_last: true,
            });
        }
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let bytes = request.max_bytes.map_or(u64::MAX, NonZeroU64::get);
        let taken = queues.take(self.partition, request.from.before(1), limit, bytes);
        self.feed.changed.notify_one();
        Ok(Page {
            events: taken.events,
            scanned_to: taken.up_to,
            is_last: taken.is_last,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use eventstore_core::backend::NumberedEvent;
    use eventstore_core::{
        Direction, EventNumber, EventType, NewEvent, RecordedEvent, StreamName, StreamSelector, SubscriptionSettings,
        Timestamp,
    };
    use eventstore_testkit::MemoryStore;
    use uuid::Uuid;

    use super::*;
    use crate::group::feed::queues::PartitionedPage;

    fn event() -> NumberedEvent {
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        let now = Timestamp::try_from(SystemTime::now()).unwrap();
        let event = RecordedEvent::new(event, StreamName::new("s").unwrap(), 1_u32.into(), now);
        NumberedEvent::new(&StreamSelector::All, 1_u32.into(), event)
    }

    #[test]
    fn a_reader_that_has_lost_the_partition_takes_nothing_from_the_next_one() {
        let backend: Arc<dyn SubscriptionBackend> = Arc::new(MemoryStore::new());
        let feed = Feed::new(&SubscriptionSettings::default(), backend.storage_epoch());
        let partition = PartitionNumber::new(1).unwrap();
        let (before, now) = (CancellationToken::new(), CancellationToken::new());
        let reader = |lost: &CancellationToken| {
            PartitionReader::new(Arc::clone(&feed), Arc::clone(&backend), partition, lost.clone())
        };
        let readers = [reader(&before), reader(&now)];
        before.cancel();
        feed.add([(partition, EventNumber::ZERO)]);
        let page = PartitionedPage {
            events: vec![(partition, event())],
            scanned_to: 1_u32.into(),
            is_last: true,
        };
        feed.queues().put(EventNumber::ZERO, page);
        let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10);
        let read = readers.map(|reader| reader.read(&request).unwrap());
        assert_eq!((read[0].events.len(), read[0].scanned_to), (0, EventNumber::ZERO));
        assert_eq!(read[1].events.len(), 1);
    }
}
