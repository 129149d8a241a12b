use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use eventstore_core::backend::{InProcessReceiver, Listener};
use eventstore_core::{Append, AppendReceipt, StreamSelector};

use crate::hints::{Recipients, Topics};

/// Tells the listeners of one store what this process commits itself, so that they need not wait for a notification (ADR 36).
pub struct Commits {
    topics: Arc<Topics>,
    recipients: Recipients,
    keeps_payloads: bool,
    is_needed: AtomicBool,
}

impl Commits {
    /// Creates the commits of a store. Events are delivered in the process only if payloads are read back exactly as they were given.
    pub fn new(topics: Arc<Topics>, keeps_payloads: bool) -> Self {
        Self {
            topics,
            recipients: Recipients::default(),
            keeps_payloads,
            is_needed: AtomicBool::new(false),
        }
    }

    /// Returns a listener to what is selected.
    pub fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.topics.listen(selector.as_str());
        if !self.topics.is_closed() {
            self.is_needed.store(true, Ordering::SeqCst);
        }
        listener
    }

    /// Returns whether there was a listener.
    pub fn is_needed(&self) -> bool {
        self.is_needed.load(Ordering::SeqCst)
    }

    /// Delivers what this process appends to this receiver as well, for as long as it is there.
    pub fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.recipients.add(recipient);
    }

    /// Tells of an append that this process has committed and that began at this time; appends are told in the order of their positions.
    pub fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        if !self.is_needed() || receipt.is_deduplicated {
            return;
        }
        // Events are delivered before the listeners are told, so that a subscription that wakes up finds them and need
        // not read (ADR 36).
        if self.keeps_payloads
            && self.topics.is_heard(StreamSelector::All.as_str())
            && let Some(events) = append.recorded(receipt)
        {
            self.recipients.hand_over(&events, began_at);
        }
        self.topics
            .committed(append.stream().as_str(), receipt.last_version.into());
        self.topics
            .committed(StreamSelector::All.as_str(), receipt.last_position.into());
    }
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commits").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use eventstore_core::backend::{Hint, NumberedEvent};
    use eventstore_core::{EventType, ExpectedVersion, NewEvent, StreamName, Timestamp};
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::StorageEpoch;

    #[derive(Default)]
    struct Received(Mutex<Vec<u64>>);

    impl InProcessReceiver for Received {
        fn receive(&self, events: &[NumberedEvent], _: Instant) {
            let numbers = events.iter().map(|event| event.number.get());
            self.0.lock().unwrap().extend(numbers);
        }
    }

    fn commits(keeps_payloads: bool) -> (Commits, Arc<Received>) {
        let commits = Commits::new(Arc::new(Topics::new(StorageEpoch::default())), keeps_payloads);
        let received = Arc::<Received>::default();
        let recipient = Arc::downgrade(&received);
        commits.deliver_in_process_to(recipient);
        (commits, received)
    }

    /// An append to the stream `s` whose only event is the fifth of all.
    fn commit(commits: &Commits, is_deduplicated: bool) {
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        let stream = StreamName::new("s").unwrap();
        let append = Append::new(stream.clone(), ExpectedVersion::Any, vec![event]).unwrap();
        let append = append.with_created_at(Timestamp::from_unix_micros(0).unwrap());
        let receipt = AppendReceipt::following(stream, 0_u32.into(), 4_u32.into(), 1).unwrap();
        let receipt = AppendReceipt {
            is_deduplicated,
            ..receipt
        };
        commits.committed(&append, &receipt, Instant::now());
    }

    fn told(listener: &mut Box<dyn Listener>) -> Option<Hint> {
        listener.hint().now_or_never().flatten()
    }

    #[test]
    fn an_append_is_delivered_and_told_if_it_was_made_now_and_someone_listens() {
        let (commits, received) = commits(true);
        commit(&commits, false);
        assert!(!commits.is_needed());
        let mut all = commits.listen(&StreamSelector::All);
        let mut stream = commits.listen(&StreamName::new("s").unwrap().into());
        commit(&commits, true);
        assert_eq!((told(&mut all), told(&mut stream)), (None, None));
        commit(&commits, false);
        assert_eq!(*received.0.lock().unwrap(), [5]);
        let hints = (told(&mut all), told(&mut stream));
        assert_eq!(hints, (Some(Hint::UpTo(5.into())), Some(Hint::UpTo(1.into()))));
    }

    #[test]
    fn events_are_not_delivered_if_payloads_change() {
        let (commits, received) = commits(false);
        let mut all = commits.listen(&StreamSelector::All);
        commit(&commits, false);
        assert_eq!(told(&mut all), Some(Hint::UpTo(5.into())));
        assert_eq!(*received.0.lock().unwrap(), [0_u64; 0]);
    }
}
