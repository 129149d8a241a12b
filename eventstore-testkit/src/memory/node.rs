use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use eventstore_core::backend::{InProcessReceiver, NumberedEvent};
use eventstore_core::{Error, EventNumber, Result, StreamSelector};

use super::listener::Mark;

#[derive(Default)]
struct Recipients(Mutex<Vec<Weak<dyn InProcessReceiver>>>);

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipients")
    }
}

/// The state of one process beside what is stored: its listeners, and the faults that tests inject.
#[derive(Debug, Default)]
pub(super) struct Node {
    marks: Mutex<Vec<Weak<Mark>>>,
    recipients: Recipients,
    paused: AtomicBool,
    reads_to_fail: AtomicU32,
    is_closed: AtomicBool,
}

impl Node {
    pub(super) fn listen(&self, selector: StreamSelector) -> Arc<Mark> {
        let mark = Arc::new(Mark::new(selector));
        let mut marks = self.marks();
        marks.retain(|mark| mark.strong_count() > 0);
        marks.push(Arc::downgrade(&mark));
        if self.is_closed() {
            mark.close();
        }
        mark
    }

    pub(super) fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.recipients().push(recipient);
    }

    pub(super) fn hand_over(&self, events: &[NumberedEvent], began_at: Instant) {
        let mut recipients = self.recipients();
        recipients.retain(|recipient| recipient.strong_count() > 0);
        for recipient in recipients.iter().filter_map(Weak::upgrade) {
            recipient.receive(events, began_at);
        }
    }

    pub(super) fn tell(&self, selector: &StreamSelector, number: EventNumber) {
        self.tell_interested(selector, |mark| mark.reached(number));
    }

    pub(super) fn tell_of_change(&self, selector: &StreamSelector) {
        self.tell_interested(selector, Mark::lost_track);
    }

    fn tell_interested(&self, selector: &StreamSelector, tell: impl Fn(&Mark)) {
        let marks = self.marks();
        if self.paused.load(Ordering::SeqCst) {
            return;
        }
        let interested = marks.iter().filter_map(Weak::upgrade);
        for mark in interested.filter(|mark| mark.selector() == selector) {
            tell(&mark);
        }
    }

    pub(super) fn pause(&self) {
        let _marks = self.marks();
        self.paused.store(true, Ordering::SeqCst);
    }

    pub(super) fn resume(&self) {
        let marks = self.marks();
        self.paused.store(false, Ordering::SeqCst);
        for mark in marks.iter().filter_map(Weak::upgrade) {
            mark.lost_track();
        }
    }

    pub(super) fn fail_next_reads(&self, count: u32) {
        self.reads_to_fail.store(count, Ordering::SeqCst);
    }

    /// Fails if this read is one of those that are to fail.
    pub(super) fn check_read(&self) -> Result<()> {
        let failure = self
            .reads_to_fail
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match failure {
            Ok(_) => Err(Error::Unavailable {
                message: "this read was to fail".to_owned(),
                source: None,
            }),
            Err(_) => Ok(()),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Ends all listeners, also those that begin later.
    pub(super) fn close(&self) {
        let marks = self.marks();
        self.is_closed.store(true, Ordering::SeqCst);
        for mark in marks.iter().filter_map(Weak::upgrade) {
            mark.close();
        }
    }

    fn recipients(&self) -> MutexGuard<'_, Vec<Weak<dyn InProcessReceiver>>> {
        self.recipients.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marks(&self) -> MutexGuard<'_, Vec<Weak<Mark>>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.close();
    }
}
