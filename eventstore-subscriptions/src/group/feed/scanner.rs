use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{Listener, PageRequest, SubscriptionBackend};
use eventstore_core::{Direction, Error, EventFilter, EventNumber, PartitionCount, StreamSelector};
use tokio::select;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::Feed;
use super::queues::PartitionedPage;
use crate::driver::{Continuity, ended_by, is_damage, message_of};
use crate::group::{Group, OrderingKey};
use crate::subscribe::Plan;
use crate::tail_cache::{TailRead, TailReader};
use crate::{Activity, SubscriptionEnded};

/// Reads the log for all partitions of a group that this process holds.
pub(in crate::group) struct Scanner {
    feed: Arc<Feed>,
    backend: Arc<dyn SubscriptionBackend>,
    reader: TailReader,
    listener: Box<dyn Listener>,
    continuity: Continuity,
    ordering: OrderingKey,
    partitions: PartitionCount,
    filter: EventFilter,
    page_size: u32,
    /// How many events the next read asks for: fewer near a damaged one, until it is alone.
    limit: u32,
    max_bytes: NonZeroU64,
    retry_interval: Duration,
    poll_interval: Duration,
    stop_timeout: Duration,
}

/// Why a read gave nothing.
enum Failure {
    /// Another read may succeed later.
    Passing,
    /// The next event may be damaged: a smaller read tells.
    TooMuch,
    Final(SubscriptionEnded),
}

impl Scanner {
    pub(in crate::group) fn new(
        feed: Arc<Feed>,
        backend: Arc<dyn SubscriptionBackend>,
        reader: TailReader,
        plan: &Plan,
        group: &Group,
    ) -> Self {
        let page_size = plan.settings.max_size.get();
        Self {
            feed,
            listener: backend.listen(&StreamSelector::All),
            continuity: Continuity::new(Arc::clone(&backend), StreamSelector::All),
            backend,
            reader,
            ordering: group.ordering.clone(),
            partitions: group.partitions,
            filter: plan.filter.clone(),
            page_size,
            limit: page_size,
            max_bytes: plan.settings.max_bytes,
            retry_interval: plan.settings.retry_interval,
            poll_interval: plan.settings.poll_interval,
            stop_timeout: plan.settings.stop_timeout,
        }
    }

    /// Reads until that is not possible any more, and returns why.
    pub(in crate::group) async fn run(mut self) -> SubscriptionEnded {
        let ended = self.scan().await;
        self.feed.wakers.end();
        ended
    }

    async fn scan(&mut self) -> SubscriptionEnded {
        loop {
            if let Err(failure) = self.stay_on_the_same_log().await {
                if let Failure::Final(ended) = failure {
                    return ended;
                }
                // The queues are empty now, or the storage is to be asked again.
                sleep(self.retry_interval).await;
                continue;
            }
            if self.feed.take_added() {
                self.reader.begin_again();
            }
            let next = self.feed.queues().next_read();
            let Some(after) = next else {
                if let Some(ended) = self.wait().await {
                    return ended;
                }
                continue;
            };
            match self.read(after).await {
                Ok(()) => self.limit = self.limit.saturating_mul(2).min(self.page_size),
                Err(Failure::TooMuch) => self.limit = (self.limit / 2).max(1),
                Err(Failure::Passing) => sleep(self.retry_interval).await,
                Err(Failure::Final(ended)) => {
                    warn!(error = %ended, "nothing more is read for a group");
                    // What comes before a damaged event is delivered, unless a handler does not return.
                    let _ = timeout(self.stop_timeout, self.until_all_is_taken()).await;
                    return ended;
                }
            }
        }
    }

    /// Waits for a reason to read.
    async fn wait(&mut self) -> Option<SubscriptionEnded> {
        select! {
            () = self.feed.changed.notified() => {}
            hint = self.listener.hint() => match hint {
                Some(_) => self.feed.queues().expect_more(),
                None => return Some(SubscriptionEnded::StoreClosed),
            },
            () = sleep(self.poll_interval) => self.feed.queues().expect_more(),
        }
        None
    }

    async fn read(&mut self, after: EventNumber) -> Result<(), Failure> {
        self.stay_on_the_same_log().await?;
        let request = PageRequest::new(StreamSelector::All, Direction::Forward, after.next(), self.limit)
            .with_max_bytes(self.max_bytes)
            .with_filter(self.filter.clone());
        let read = self.reader.read(request).await;
        // What was read may be of the log before a failover.
        self.stay_on_the_same_log().await?;
        let read = read.map_err(|error| self.judge(error, after))?;
        // What is read again is earlier than what was seen.
        if after >= self.feed.queues().frontier() {
            self.continuity.saw(read.events());
        }
        let page = self.partition(read)?;
        let scanned_to = page.scanned_to;
        let filled = self.feed.queues().put(after, page);
        self.feed.wakers.wake(filled, scanned_to);
        Ok(())
    }

    /// Checks after a failover that the log still holds what was seen of it, and forgets what was read before.
    async fn stay_on_the_same_log(&mut self) -> Result<(), Failure> {
        let storage_epoch = self.backend.storage_epoch();
        let checked = self.continuity.check().await;
        let same = checked.map_err(|error| self.judge(error, EventNumber::ZERO))?;
        same.map_err(Failure::Final)?;
        if self.feed.begin_epoch(storage_epoch) {
            return Err(Failure::Passing);
        }
        Ok(())
    }

    fn judge(&self, error: Error, after: EventNumber) -> Failure {
        if error.is_retryable() {
            warn!(%error, "the events of a group cannot be read: trying again");
            return Failure::Passing;
        }
        if !is_damage(&error) {
            return Failure::Final(ended_by(error, Activity::Reading));
        }
        if self.limit > 1 {
            return Failure::TooMuch;
        }
        Failure::Final(SubscriptionEnded::Damaged {
            after,
            source: Arc::new(error),
        })
    }

    async fn until_all_is_taken(&mut self) {
        while self.feed.queues().has_any() {
            self.feed.changed.notified().await;
        }
    }

    fn partition(&self, read: TailRead) -> Result<PartitionedPage, Failure> {
        let (events, scanned_to, is_last) = match read {
            TailRead::Page(page) => (page.events, page.scanned_to, page.is_last),
            TailRead::HandedOver(part) => (part.events, part.up_to, false),
        };
        let mut number = EventNumber::ZERO;
        let partitioned = events.into_iter().map(|event| {
            number = event.number;
            (self.partitions.partition_of(&self.ordering.key_of(&event)), event)
        });
        match catch_unwind(AssertUnwindSafe(|| partitioned.collect())) {
            Ok(events) => Ok(PartitionedPage {
                events,
                scanned_to,
                is_last,
            }),
            Err(panic) => Err(Failure::Final(SubscriptionEnded::Panicked {
                number: Some(number),
                message: message_of(&*panic),
            })),
        }
    }
}
