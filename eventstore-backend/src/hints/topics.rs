use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::EventNumber;
use eventstore_core::backend::Listener;

use crate::StorageEpoch;
use crate::hints::{Slot, SlotListener, Topic};

/// The streams of one store that have listeners in this process: what is known about them, and whom to tell (ADR 42).
#[derive(Debug)]
pub struct Topics {
    state: Mutex<State>,
    storage_epoch: StorageEpoch,
    is_closed: AtomicBool,
    is_connected: Arc<AtomicBool>,
}

#[derive(Debug)]
struct State {
    topics: HashMap<String, Topic>,
    /// The epoch of the storage that the knowledge is about.
    storage_epoch: u64,
}

/// A stream as a poll found it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Its name, or that of `$all`.
    pub stream: &'a str,
    /// What tells it from another stream of the same name.
    pub stream_id: i64,
    /// The number of its last event.
    pub number: EventNumber,
    /// Whether it is soft-deleted.
    pub is_deleted: bool,
}

/// What was known about the streams with listeners before they were polled.
#[derive(Debug)]
pub struct Known(HashMap<String, (Option<i64>, EventNumber)>);

impl Known {
    /// Returns the names of the streams, which are those to poll.
    pub fn streams(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a poll found less than this.
    fn is_more_than(&self, found: &Found<'_>) -> bool {
        let known = self.0.get(found.stream);
        known.is_some_and(|(id, number)| *id == Some(found.stream_id) && *number > found.number)
    }
}

impl Topics {
    /// Creates the topics of a store on a storage with this epoch: when that changes, what was known before is forgotten.
    pub fn new(storage_epoch: StorageEpoch) -> Self {
        Self {
            state: Mutex::new(State {
                topics: HashMap::new(),
                storage_epoch: storage_epoch.number(),
            }),
            storage_epoch,
            is_closed: AtomicBool::new(false),
            is_connected: Arc::default(),
        }
    }

    /// Returns a listener to a stream, or to `$all`; after [`close`](Self::close), one that hears immediately that nothing will come.
    pub fn listen(&self, stream: &str) -> Box<dyn Listener> {
        let mut state = self.lock();
        state.forget_unheard();
        let slot = state.topics.entry(stream.to_owned()).or_default().listen();
        if self.is_closed() {
            slot.close();
        }
        Box::new(SlotListener {
            slot,
            is_connected: Arc::clone(&self.is_connected),
        })
    }

    /// Returns whether the stream has a listener.
    pub fn is_heard(&self, stream: &str) -> bool {
        self.lock().topics.get_mut(stream).is_some_and(Topic::is_heard)
    }

    /// Tells that this process has committed events up to this number, which listeners then know.
    pub fn committed(&self, stream: &str, number: EventNumber) {
        self.change(stream, |topic| topic.committed(number));
    }

    /// Tells that a notification came: of new events of a stream up to a number, or of another change. It is a hint, and not knowledge.
    pub fn notified(&self, stream: &str, stream_id: i64, last: Option<EventNumber>) {
        self.change(stream, |topic| topic.notified(stream_id, last));
    }

    /// Returns what is known about the streams that have listeners; to be taken before they are polled.
    pub fn known(&self) -> Known {
        let mut state = self.lock();
        state.forget_unheard();
        let known = |(stream, topic): (&String, &Topic)| (stream.clone(), topic.known());
        Known(state.topics.iter().map(known).collect())
    }

    /// Takes in what a poll found. If that is less than was known before, the log was rolled back (ADR 38).
    pub fn found(&self, found: Found<'_>, before: &Known) {
        if before.is_more_than(&found) {
            self.storage_epoch.rolled_back();
        }
        self.change(found.stream, |topic| {
            topic.found(found.stream_id, found.number, found.is_deleted);
        });
    }

    /// Tells that notifications come from now on; some may have been missed.
    pub fn connected(&self) {
        self.is_connected.store(true, Ordering::SeqCst);
        let mut state = self.lock();
        state.forget_unheard();
        state.topics.values_mut().for_each(Topic::forget);
    }

    /// Tells that notifications no longer come; returns whether they came before.
    pub fn disconnected(&self) -> bool {
        let was_connected = self.is_connected.swap(false, Ordering::SeqCst);
        if was_connected {
            // Every stream has reached this number: the hint makes listeners notice that they are not connected.
            let state = self.lock();
            state
                .topics
                .values()
                .for_each(|topic| topic.tell(|slot| slot.reach(EventNumber::ZERO)));
        }
        was_connected
    }

    /// Returns whether notifications come, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::SeqCst)
    }

    /// Returns whether the listeners were ended by [`close`](Self::close).
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Ends all listeners, including later ones.
    pub fn close(&self) {
        let mut state = self.lock();
        // Under the lock under which `listen` reads the flag, so that no new listener is missed.
        self.is_closed.store(true, Ordering::SeqCst);
        for (_, topic) in state.topics.drain() {
            topic.tell(Slot::close);
        }
    }

    fn change(&self, stream: &str, change: impl FnOnce(&mut Topic)) {
        let mut state = self.lock();
        let Some(topic) = state.topics.get_mut(stream) else {
            return;
        };
        if topic.is_heard() {
            change(topic);
        } else {
            state.topics.remove(stream);
        }
    }

    /// Forgets what was known about the log of another storage.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.storage_epoch.number();
        if std::mem::replace(&mut state.storage_epoch, now) != now {
            state.topics.values_mut().for_each(Topic::forget);
        }
        state
    }
}

impl State {
    fn forget_unheard(&mut self) {
        self.topics.retain(|_, topic| topic.is_heard());
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::backend::Hint;
    use futures_util::FutureExt;

    use super::*;

    fn topics() -> Arc<Topics> {
        Arc::new(Topics::new(StorageEpoch::default()))
    }

    fn notify(topics: &Topics, stream: &str, last: u32) {
        notify_of(topics, stream, 1, last);
    }

    fn notify_of(topics: &Topics, stream: &str, stream_id: i64, last: u32) {
        topics.notified(stream, stream_id, Some(last.into()));
    }

    fn found(topics: &Topics, stream_id: i64, number: u32, is_deleted: bool) {
        let found = Found {
            stream: "s",
            stream_id,
            number: number.into(),
            is_deleted,
        };
        topics.found(found, &topics.known());
    }

    fn up_to(number: u32) -> Hint {
        Hint::UpTo(number.into())
    }

    fn told(listener: &mut Box<dyn Listener>) -> Option<Hint> {
        listener.hint().now_or_never().flatten()
    }

    /// Behaviours: T47.
    #[test]
    fn many_notifications_are_one_hint_with_the_highest_number() {
        let topics = topics();
        let mut listener = topics.listen("s");
        for last in (1..=100).chain([50]) {
            notify(&topics, "s", last);
        }
        assert_eq!((told(&mut listener), told(&mut listener)), (Some(up_to(100)), None));
        notify(&topics, "s", 101);
        assert_eq!(told(&mut listener), Some(up_to(101)));
    }

    #[test]
    fn what_is_known_is_no_news() {
        let topics = topics();
        let mut listener = topics.listen("s");
        topics.committed("s", 2.into());
        assert_eq!(told(&mut listener), Some(up_to(2)));
        notify(&topics, "s", 2);
        topics.committed("s", 1.into());
        found(&topics, 1, 2, false);
        assert_eq!(told(&mut listener), None);
    }

    #[test]
    fn a_notification_is_compared_with_no_other_one() {
        let topics = topics();
        let mut listener = topics.listen("s");
        notify(&topics, "s", 1_000_000);
        assert_eq!(told(&mut listener), Some(up_to(1_000_000)));
        for last in [1, 2] {
            notify(&topics, "s", last);
            assert_eq!(told(&mut listener), Some(up_to(last)));
        }
        topics.committed("s", 3.into());
        assert_eq!(told(&mut listener), Some(up_to(3)));
    }

    #[test]
    fn says_that_hints_may_be_lost_after_each_connect_and_forgets_what_was_known() {
        let topics = topics();
        let mut listener = topics.listen("s");
        topics.committed("s", 9.into());
        topics.connected();
        assert_eq!((told(&mut listener), told(&mut listener)), (Some(Hint::Unknown), None));
        notify(&topics, "s", 2);
        assert_eq!(told(&mut listener), Some(up_to(2)));
    }

    #[test]
    fn says_that_it_is_not_connected() {
        let topics = topics();
        let mut listener = topics.listen("s");
        assert!(!listener.is_connected());
        topics.connected();
        assert_eq!(
            (told(&mut listener), listener.is_connected()),
            (Some(Hint::Unknown), true)
        );
        assert!(topics.disconnected() && !topics.disconnected());
        assert_eq!((told(&mut listener), listener.is_connected()), (Some(up_to(0)), false));
    }

    /// Behaviours: T21.
    #[test]
    fn what_a_poll_finds_replaces_what_was_known() {
        let topics = topics();
        let mut listener = topics.listen("s");
        found(&topics, 1, 2, false);
        assert_eq!(told(&mut listener), Some(up_to(2)));
        topics.committed("s", 5.into());
        assert_eq!(told(&mut listener), Some(up_to(5)));
        found(&topics, 1, 4, false);
        assert!(told(&mut listener).is_some());
        notify(&topics, "s", 5);
        assert!(told(&mut listener).is_some());
    }

    #[test]
    fn a_log_that_is_shorter_than_what_was_known_before_the_poll_was_rolled_back() {
        let storage_epoch = StorageEpoch::default();
        let topics = Arc::new(Topics::new(storage_epoch.clone()));
        let mut listener = topics.listen("s");
        found(&topics, 1, 5, false);
        let before = topics.known();
        topics.committed("s", 6.into());
        let polled = |number: u32| Found {
            stream: "s",
            stream_id: 1,
            number: number.into(),
            is_deleted: false,
        };
        topics.found(polled(5), &before);
        assert_eq!(storage_epoch.number(), 0);
        assert_eq!(told(&mut listener), Some(up_to(6)));
        topics.found(polled(4), &before);
        assert_eq!((storage_epoch.number(), told(&mut listener)), (1, Some(Hint::Unknown)));
    }

    /// Behaviours: R8.71, T10.
    #[test]
    fn tells_of_lower_numbers_of_a_stream_that_was_created_again() {
        let topics = topics();
        let mut listener = topics.listen("s");
        notify_of(&topics, "s", 1, 10);
        assert_eq!(told(&mut listener), Some(up_to(10)));
        notify_of(&topics, "s", 2, 1);
        assert_eq!(told(&mut listener), Some(Hint::Unknown));
        topics.committed("s", 2.into());
        assert_eq!(told(&mut listener), Some(up_to(2)));
        found(&topics, 3, 1, false);
        assert_eq!(told(&mut listener), Some(Hint::Unknown));
    }

    /// Behaviours: R8.70.
    #[test]
    fn says_once_that_a_stream_was_found_deleted_and_whenever_it_was_changed() {
        let topics = topics();
        let mut listener = topics.listen("s");
        for _ in 0..2 {
            found(&topics, 1, 0, true);
        }
        assert_eq!((told(&mut listener), told(&mut listener)), (Some(Hint::Unknown), None));
        topics.notified("s", 1, None);
        assert_eq!(told(&mut listener), Some(Hint::Unknown));
    }

    #[tokio::test]
    async fn forgets_streams_that_nobody_listens_to_and_ends_when_closed() {
        let topics = topics();
        drop(topics.listen("gone"));
        notify(&topics, "gone", 1);
        assert_eq!(topics.known().streams().next(), None);
        let mut listener = topics.listen("s");
        topics.close();
        assert_eq!(listener.hint().await, None);
        assert_eq!(topics.listen("s").hint().await, None);
    }
}
