use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::Hint;
use eventstore_core::{EventNumber, PartitionNumber};
use tokio::sync::{Notify, watch};

/// Tells the listeners of partitions that there are events, and which partitions have events and no listener.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    listeners: BTreeMap<PartitionNumber, watch::Sender<Hint>>,
    /// Partitions that have events and no listener.
    unheard: BTreeSet<PartitionNumber>,
    is_over: bool,
}

impl Wakers {
    /// There are events of these partitions up to this number.
    pub(super) fn wake(&self, partitions: impl IntoIterator<Item = PartitionNumber>, number: EventNumber) {
        let mut state = self.state();
        for partition in partitions {
            if !state.tell(partition, number) {
                // A later listener finds the events.
                state.unheard.insert(partition);
            }
        }
        if !state.unheard.is_empty() {
            self.changed.notify_one();
        }
    }

    /// The log was read up to this number.
    pub(super) fn tell(&self, partition: PartitionNumber, number: EventNumber) {
        self.state().tell(partition, number);
    }

    /// The first hint comes at once: there may be events already.
    pub(super) fn listen(&self, partition: PartitionNumber) -> watch::Receiver<Hint> {
        let mut state = self.state();
        let (sender, mut receiver) = watch::channel(Hint::Unknown);
        receiver.mark_changed();
        state.unheard.remove(&partition);
        if !state.is_over {
            state.listeners.insert(partition, sender);
        }
        receiver
    }

    pub(super) fn remove(&self, partition: PartitionNumber) {
        let mut state = self.state();
        state.listeners.remove(&partition);
        state.unheard.remove(&partition);
    }

    /// Nothing will be read any more.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        state.listeners.clear();
        self.changed.notify_one();
    }

    pub(super) async fn next_without_listener(&self) -> Option<PartitionNumber> {
        loop {
            {
                let mut state = self.state();
                if state.is_over {
                    return None;
                }
                if let Some(partition) = state.unheard.pop_first() {
                    return Some(partition);
                }
            }
            self.changed.notified().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether someone listens.
    fn tell(&mut self, partition: PartitionNumber, number: EventNumber) -> bool {
        let Some(listener) = self.listeners.get(&partition) else {
            return false;
        };
        // What was said before may not have been heard yet: it is never taken back.
        listener.send_if_modified(|hint| match hint {
            Hint::UpTo(before) if *before >= number => false,
            Hint::UpTo(before) => {
                *before = number;
                true
            }
            Hint::Unknown => true,
        });
        !listener.is_closed()
    }
}
