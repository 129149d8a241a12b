use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::EventNumber;
use eventstore_subscriptions::{Delivery, OrderingKey};
use tokio::sync::watch;
use tokio::task::yield_now;

use crate::conformance::wait::soon;

/// How long a handler takes, so that another one would be seen beside it.
const YIELDS: usize = 3;

/// What the members of a group have handled, in the order in which they finished.
#[derive(Clone)]
pub(super) struct Journal {
    ordering: OrderingKey,
    handled: watch::Sender<Vec<Handled>>,
    under_way: Arc<UnderWay>,
}

#[derive(Debug, Clone)]
pub(super) struct Handled {
    pub(super) member: &'static str,
    pub(super) key: String,
    pub(super) number: EventNumber,
}

/// The keys of the events in hand, and those of which two were in hand at once.
#[derive(Default)]
struct UnderWay {
    keys: Mutex<BTreeSet<String>>,
    overlapping: Mutex<BTreeSet<String>>,
}

/// An event in hand; it is put down also when the handler is dropped.
struct InHand {
    key: String,
    under_way: Arc<UnderWay>,
}

impl Journal {
    pub(super) fn new(ordering: OrderingKey) -> Self {
        Self {
            ordering,
            handled: watch::Sender::default(),
            under_way: Arc::default(),
        }
    }

    pub(super) async fn handle(&self, member: &'static str, event: &Delivery) {
        let key = self.ordering.key_of(&event.value).to_string();
        let in_hand = self.under_way.take(key.clone());
        for _ in 0..YIELDS {
            yield_now().await;
        }
        drop(in_hand);
        let number = event.number;
        self.handled
            .send_modify(|handled| handled.push(Handled { member, key, number }));
    }

    /// Waits until this many events were handled, those that were handled again included.
    pub(super) async fn until(&self, count: usize) {
        let mut handled = self.handled.subscribe();
        let what = format!("{count} handled events");
        soon(&what, handled.wait_for(|handled| handled.len() >= count))
            .await
            .unwrap();
        assert_eq!(self.handled.borrow().len(), count, "{:?}", *self.handled.borrow());
    }

    pub(super) fn numbers(&self) -> Vec<EventNumber> {
        self.handled.borrow().iter().map(|handled| handled.number).collect()
    }

    pub(super) fn keys(&self) -> BTreeSet<String> {
        self.handled
            .borrow()
            .iter()
            .map(|handled| handled.key.clone())
            .collect()
    }

    /// Who has handled events since so many were handled.
    pub(super) fn members_since(&self, count: usize) -> BTreeSet<&'static str> {
        let handled = self.handled.borrow();
        handled[count..].iter().map(|handled| handled.member).collect()
    }

    /// No two events of a key were handled at once, and those of each key in their order, each once.
    pub(super) fn assert_in_order(&self) {
        let overlapping = lock(&self.under_way.overlapping);
        assert!(overlapping.is_empty(), "two at once of {overlapping:?}");
        let mut last = BTreeMap::new();
        for handled in &*self.handled.borrow() {
            let before = last.insert(handled.key.clone(), handled.number);
            assert!(before < Some(handled.number), "{handled:?} after {before:?}");
        }
    }
}

impl UnderWay {
    fn take(self: &Arc<Self>, key: String) -> InHand {
        if !lock(&self.keys).insert(key.clone()) {
            lock(&self.overlapping).insert(key.clone());
        }
        InHand {
            key,
            under_way: Arc::clone(self),
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        lock(&self.under_way.keys).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
