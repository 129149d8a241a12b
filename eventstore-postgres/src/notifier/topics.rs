use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eventstore_core::{EventNumber, Hint, Listener};
use tokio::sync::watch;

use crate::notifier::Payload;

/// What listeners of one stream have to know: a single slot, however many notifications come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Mark {
    /// The highest number heard of.
    number: EventNumber,
    /// How often the connection was made anew: what was notified before may have been missed.
    connects: u64,
}

/// The streams that somebody in this process listens to.
#[derive(Debug, Default)]
pub(super) struct Topics {
    marks: Mutex<HashMap<String, watch::Sender<Mark>>>,
}

impl Topics {
    pub(super) fn listen(&self, stream: &str) -> TopicListener {
        let mut marks = self.lock();
        marks.retain(|_, mark| !mark.is_closed());
        let mark = marks.entry(stream.to_owned()).or_default().subscribe();
        let connects = mark.borrow().connects;
        TopicListener { mark, connects }
    }

    pub(super) fn notified(&self, payload: &Payload<'_>) {
        let mut marks = self.lock();
        let Some(mark) = marks.get(payload.stream) else { return };
        if mark.is_closed() {
            marks.remove(payload.stream);
        } else {
            mark.send_modify(|mark| mark.number = mark.number.max(payload.last));
        }
    }

    pub(super) fn connected(&self) {
        let mut marks = self.lock();
        marks.retain(|_, mark| !mark.is_closed());
        for mark in marks.values() {
            mark.send_modify(|mark| mark.connects += 1);
        }
    }

    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Mark>>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct TopicListener {
    mark: watch::Receiver<Mark>,
    connects: u64,
}

#[async_trait]
impl Listener for TopicListener {
    async fn hint(&mut self) -> Option<Hint> {
        self.mark.changed().await.ok()?;
        let mark = *self.mark.borrow_and_update();
        if mark.connects == self.connects {
            return Some(Hint::UpTo(mark.number));
        }
        self.connects = mark.connects;
        Some(Hint::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notify(topics: &Topics, stream: &str, last: u32) {
        topics.notified(&Payload {
            stream,
            last: last.into(),
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

    #[tokio::test]
    async fn forgets_streams_that_nobody_listens_to_and_ends_when_closed() {
        let topics = Topics::default();
        drop(topics.listen("gone"));
        notify(&topics, "gone", 1);
        assert!(topics.lock().is_empty());
        let mut listener = topics.listen("s");
        topics.close();
        assert_eq!(listener.hint().await, None);
    }
}
