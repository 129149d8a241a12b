//! One pass over the log feeds all partitions of a group that this process holds (ADR 67).

mod listener;
mod queues;
#[cfg(test)]
mod queues_model;
mod reader;
mod scanner;
mod wakers;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::{EventNumber, PartitionNumber, SubscriptionSettings};
use tokio::sync::Notify;

pub(super) use self::listener::PartitionListener;
use self::queues::{Limits, Queues};
pub(crate) use self::reader::PartitionReader;
pub(super) use self::scanner::Scanner;
use self::wakers::Wakers;

/// How many times as much as one partition may have waiting, all partitions of a process may have.
const FULL_PARTITIONS: u8 = 10;

/// What was read for the partitions that this process holds.
pub(super) struct Feed {
    queues: Mutex<Queues>,
    wakers: Wakers,
    /// There may be something to read: a partition was added, or has room.
    changed: Notify,
    /// A partition was added since the last read began.
    was_added_to: AtomicBool,
    /// The epoch of the storage that holds what was read.
    storage_epoch: AtomicU64,
}

impl Feed {
    pub(super) fn new(settings: &SubscriptionSettings, storage_epoch: u64) -> Arc<Self> {
        let per_partition = usize::try_from(settings.max_size.get()).unwrap_or(usize::MAX);
        let limits = Limits {
            per_partition,
            events: per_partition.saturating_mul(FULL_PARTITIONS.into()),
            bytes_per_partition: settings.max_bytes.get(),
            bytes: settings.max_bytes.get().saturating_mul(FULL_PARTITIONS.into()),
        };
        Arc::new(Self {
            queues: Mutex::new(Queues::new(limits)),
            wakers: Wakers::default(),
            changed: Notify::new(),
            was_added_to: AtomicBool::new(false),
            storage_epoch: AtomicU64::new(storage_epoch),
        })
    }

    /// Reads for these partitions too, each after its checkpoint.
    pub(super) fn add(&self, partitions: impl IntoIterator<Item = (PartitionNumber, EventNumber)>) {
        let mut queues = self.queues();
        for (partition, after) in partitions {
            queues.add(partition, after);
            // What listened under an earlier lease hears nothing of this one.
            self.wakers.remove(partition);
        }
        self.was_added_to.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    pub(super) fn remove(&self, partition: PartitionNumber) {
        self.queues().remove(partition);
        self.wakers.remove(partition);
        self.changed.notify_one();
    }

    /// Waits for a partition that has events and no listener; `None` if nothing will be read any more.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    pub(super) async fn next_without_listener(&self) -> Option<PartitionNumber> {
        self.wakers.next_without_listener().await
    }

    /// Listens for events of a partition.
    pub(super) fn listen(&self, partition: PartitionNumber) -> PartitionListener {
        PartitionListener::new(self.wakers.listen(partition))
    }

    /// The partitions for which nothing waits, with the number up to which everything was read for them.
    pub(super) fn idle(&self, partitions: &BTreeSet<PartitionNumber>) -> Vec<(PartitionNumber, EventNumber)> {
        let queues = self.queues();
        let idle = partitions
            .iter()
            .map(|partition| (*partition, queues.idle_at(*partition)));
        idle.filter_map(|(partition, at)| Some((partition, at?))).collect()
    }

    /// Lets the listener of a partition know how far the log was read, although there are no events of it.
    pub(super) fn tell(&self, partition: PartitionNumber, number: EventNumber) {
        self.wakers.tell(partition, number);
    }

    fn take_added(&self) -> bool {
        self.was_added_to.swap(false, Ordering::Relaxed)
    }

    /// Forgets what was read of another epoch of the storage; returns whether there was one.
    fn begin_epoch(&self, storage_epoch: u64) -> bool {
        // Under the lock under which readers compare the epoch: none of them takes what is about to be forgotten.
        let mut queues = self.queues();
        if self.storage_epoch.swap(storage_epoch, Ordering::Relaxed) == storage_epoch {
            return false;
        }
        queues.begin_again();
        true
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
