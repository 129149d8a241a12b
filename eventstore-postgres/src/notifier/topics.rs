use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eventstore_core::{EventNumber, Hint, Listener};
use tokio::sync::watch;

use crate::notifier::Payload;

/// What listeners of one stream have to know: a single slot, however many notifications come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Mark {
    /// The stream that was last heard of: one that is created anew under the same name has another id.
    stream_id: Option<i64>,
    /// The highest number of it heard of.
    number: EventNumber,
    /// How often something happened that no number tells: the connection was made anew, or the stream was deleted.
    doubts: u64,
    /// Whether the stream was found deleted when it was last looked at.
    is_deleted: bool,
}

impl Mark {
    fn reached(&mut self, number: EventNumber) -> bool {
        let is_news = number > self.number;
        self.number = self.number.max(number);
        is_news
    }

    /// Takes in which stream has the name: whether it is another one than before, whose numbers begin again.
    fn is_now(&mut self, stream_id: i64) -> bool {
        let before = self.stream_id.replace(stream_id);
        let is_another = before.is_some_and(|before| before != stream_id);
        if is_another {
            self.number = EventNumber::ZERO;
            self.doubts += 1;
        }
        is_another
    }

    fn doubted(&mut self) -> bool {
        self.doubts += 1;
        true
    }
}

/// The streams that somebody in this process listens to.
#[derive(Debug, Default)]
pub(super) struct Topics {
    marks: Mutex<HashMap<String, watch::Sender<Mark>>>,
    is_closed: AtomicBool,
}

impl Topics {
    /// Once this is closed, a listener that hears at once that nothing will come.
    pub(super) fn listen(&self, stream: &str) -> TopicListener {
        let mut marks = self.lock();
        if self.is_closed() {
            let mark = watch::Sender::default().subscribe();
            return TopicListener { mark, doubts: 0 };
        }
        marks.retain(|_, mark| !mark.is_closed());
        let mark = marks.entry(stream.to_owned()).or_default().subscribe();
        let doubts = mark.borrow().doubts;
        TopicListener { mark, doubts }
    }

    /// Whether somebody listens to the stream.
    pub(super) fn is_heard(&self, stream: &str) -> bool {
        self.lock().get(stream).is_some_and(|mark| !mark.is_closed())
    }

    pub(super) fn reached(&self, stream: &str, number: EventNumber) {
        self.change(stream, |mark| mark.reached(number));
    }

    pub(super) fn notified(&self, payload: &Payload<'_>) {
        self.change(payload.stream, |mark| {
            let is_another = mark.is_now(payload.stream_id);
            let is_news = match payload.last {
                Some(number) => mark.reached(number),
                None => mark.doubted(),
            };
            is_another || is_news
        });
    }

    /// Takes in how a stream was found.
    pub(super) fn found(&self, stream: &str, stream_id: i64, number: EventNumber, is_deleted: bool) {
        self.change(stream, |mark| {
            let is_another = mark.is_now(stream_id);
            let was_deleted = std::mem::replace(&mut mark.is_deleted, is_deleted);
            is_another | mark.reached(number) | (is_deleted && !was_deleted && mark.doubted())
        });
    }

    pub(super) fn connected(&self) {
        let mut marks = self.lock();
        marks.retain(|_, mark| !mark.is_closed());
        for mark in marks.values() {
            mark.send_if_modified(Mark::doubted);
        }
    }

    /// The streams that somebody listens to.
    pub(super) fn streams(&self) -> Vec<String> {
        let mut marks = self.lock();
        marks.retain(|_, mark| !mark.is_closed());
        marks.keys().cloned().collect()
    }

    fn change(&self, stream: &str, change: impl FnOnce(&mut Mark) -> bool) {
        let mut marks = self.lock();
        let Some(mark) = marks.get(stream) else { return };
        if mark.is_closed() {
            marks.remove(stream);
        } else {
            mark.send_if_modified(change);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        let mut marks = self.lock();
        self.is_closed.store(true, Ordering::Relaxed);
        marks.clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Mark>>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct TopicListener {
    mark: watch::Receiver<Mark>,
    doubts: u64,
}

#[async_trait]
impl Listener for TopicListener {
    async fn hint(&mut self) -> Option<Hint> {
        self.mark.changed().await.ok()?;
        let mark = *self.mark.borrow_and_update();
        if mark.doubts == self.doubts {
            return Some(Hint::UpTo(mark.number));
        }
        self.doubts = mark.doubts;
        Some(Hint::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn notify(topics: &Topics, stream: &str, last: u32) {
        topics.notified(&Payload {
            stream,
            stream_id: 1,
            last: Some(last.into()),
        });
    }

    /// Behaviours: T47.
    #[tokio::test]
    async fn folds_many_notifications_into_one_hint() {
        let topics = Topics::default();
        let mut listener = topics.listen("s");
        for last in 1..=100 {
            notify(&topics, "s", last);
        }
        assert_eq!(listener.hint().await, Some(Hint::UpTo(100.into())));
        notify(&topics, "s", 101);
        assert_eq!(listener.hint().await, Some(Hint::UpTo(101.into())));
    }

    #[tokio::test]
    async fn says_that_hints_may_be_lost_after_each_connect() {
        let topics = Topics::default();
        let mut listener = topics.listen("s");
        notify(&topics, "s", 1);
        topics.connected();
        assert_eq!(listener.hint().await, Some(Hint::Unknown));
        notify(&topics, "s", 2);
        assert_eq!(listener.hint().await, Some(Hint::UpTo(2.into())));
    }

    /// Behaviours: T21.
    #[tokio::test]
    async fn tells_what_was_found_if_it_is_news() {
        let topics = Topics::default();
        let mut listener = topics.listen("s");
        topics.found("s", 1, 2.into(), false);
        assert_eq!(listener.hint().await, Some(Hint::UpTo(2.into())));
        for found in [1_u32, 2] {
            topics.found("s", 1, found.into(), false);
        }
        assert_eq!(listener.hint().now_or_never(), None);
        notify(&topics, "s", 3);
        assert_eq!(listener.hint().await, Some(Hint::UpTo(3.into())));
    }

    /// Behaviours: R8.71, T10.
    #[tokio::test]
    async fn tells_of_lower_numbers_of_a_stream_that_was_created_anew() {
        let topics = Topics::default();
        let mut listener = topics.listen("s");
        notify(&topics, "s", 10);
        assert_eq!(listener.hint().await, Some(Hint::UpTo(10.into())));
        topics.notified(&Payload {
            stream: "s",
            stream_id: 2,
            last: Some(1_u32.into()),
        });
        assert_eq!(listener.hint().await, Some(Hint::Unknown));
        topics.reached("s", 2.into());
        assert_eq!(listener.hint().await, Some(Hint::UpTo(2.into())));
        topics.found("s", 3, 1.into(), false);
        assert_eq!(listener.hint().await, Some(Hint::Unknown));
    }

    /// Behaviours: R8.70.
    #[tokio::test]
    async fn says_once_that_a_stream_was_found_deleted_and_whenever_it_was_changed() {
        let topics = Topics::default();
        let mut listener = topics.listen("s");
        for _ in 0..2 {
            topics.found("s", 1, 0.into(), true);
        }
        assert_eq!(listener.hint().await, Some(Hint::Unknown));
        assert_eq!(listener.hint().now_or_never(), None);
        topics.notified(&Payload {
            stream: "s",
            stream_id: 1,
            last: None,
        });
        assert_eq!(listener.hint().await, Some(Hint::Unknown));
    }

    #[tokio::test]
    async fn forgets_streams_that_nobody_listens_to_and_ends_when_closed() {
        let topics = Topics::default();
        drop(topics.listen("gone"));
        notify(&topics, "gone", 1);
        assert!(topics.lock().is_empty());
        let mut listener = topics.listen("s");
        topics.close();
        assert_eq!(listener.hint().await, None);
        assert_eq!(topics.listen("s").hint().await, None);
    }
}
