//! Hand-overs within a process, and stores that are closed, that break a rule.

use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use async_trait::async_trait;
use eventstore_core::backend::{InProcessReceiver, Notifier, NumberedEvent};
use eventstore_core::{Append, AppendReceipt, Error, EventWriter, Result, Timestamp};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutation;

/// Stands between a store and a recipient, and gives it something else.
struct Meddler {
    recipient: Weak<dyn InProcessReceiver>,
    meddle: fn(&[NumberedEvent]) -> Vec<NumberedEvent>,
    times: usize,
}

impl InProcessReceiver for Meddler {
    fn receive(&self, events: &[NumberedEvent], began_at: Instant) {
        let Some(recipient) = self.recipient.upgrade() else {
            return;
        };
        for _ in 0..self.times {
            recipient.receive(&(self.meddle)(events), began_at);
        }
    }
}

/// The meddlers of a store, which holds none itself.
#[derive(Default)]
pub(crate) struct Meddlers(Mutex<Vec<Arc<Meddler>>>);

impl Meddlers {
    fn put_before(&self, store: &MemoryStore, meddler: Meddler) {
        let meddler = Arc::new(meddler);
        let recipient: Weak<dyn InProcessReceiver> = Arc::<Meddler>::downgrade(&meddler);
        store.deliver_in_process_to(recipient);
        self.0.lock().unwrap().push(meddler);
    }
}

#[derive(Default)]
pub(crate) struct HandsOverRoundedTimes(Meddlers);

impl Mutation for HandsOverRoundedTimes {
    fn deliver_in_process_to(&self, store: &MemoryStore, recipient: Weak<dyn InProcessReceiver>) {
        let meddle = |events: &[NumberedEvent]| {
            let mut events = events.to_vec();
            for event in &mut events {
                let micros = event.created_at.unix_micros();
                event.created_at = Timestamp::from_unix_micros(micros - micros.rem_euclid(1_000)).unwrap();
            }
            events
        };
        let meddler = Meddler {
            recipient,
            meddle,
            times: 1,
        };
        self.0.put_before(store, meddler);
    }
}

#[derive(Default)]
pub(crate) struct HandsOverTwice(Meddlers);

impl Mutation for HandsOverTwice {
    fn deliver_in_process_to(&self, store: &MemoryStore, recipient: Weak<dyn InProcessReceiver>) {
        let meddler = Meddler {
            recipient,
            meddle: <[_]>::to_vec,
            times: 2,
        };
        self.0.put_before(store, meddler);
    }
}

#[derive(Default)]
pub(crate) struct HandsOverAnotherOrder(Meddlers);

impl Mutation for HandsOverAnotherOrder {
    fn deliver_in_process_to(&self, store: &MemoryStore, recipient: Weak<dyn InProcessReceiver>) {
        let meddle = |events: &[NumberedEvent]| {
            let numbers = events.iter().map(|event| event.number);
            let reversed = events.iter().rev().cloned();
            numbers
                .zip(reversed)
                .map(|(number, event)| NumberedEvent { number, ..event })
                .collect()
        };
        let meddler = Meddler {
            recipient,
            meddle,
            times: 1,
        };
        self.0.put_before(store, meddler);
    }
}

pub(crate) struct StaysOpen;

#[async_trait]
impl Mutation for StaysOpen {
    async fn close_store(&self, _store: &MemoryStore) {}
}

pub(crate) struct AppendsOnceItIsClosed;

#[async_trait]
impl Mutation for AppendsOnceItIsClosed {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        match store.append(append.clone()).await {
            Err(Error::StoreClosed) => store.another_node().append(append).await,
            answer => answer,
        }
    }
}
