//! Hints that streams have grown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use eventstore_core::backend::{Hint, InProcessReceiver, Listener, NumberedEvent};
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Error, EventNumber, ExpectedVersion, Idempotence, StreamName, StreamSelector,
    Timestamp,
};
use futures_util::future::join_all;
use tokio::task::yield_now;

use super::sample::{event, events, grow, ids_in, link_any, number, numbers_of, read_whole, stream};
use super::wait::soon;
use super::{Backend, Harness};

/// So many hints may be kept for a listener that does not listen: its number, and that hints may have been lost.
const MOST_HINTS: usize = 4;

/// The listener of a stream is told of appends to it.
///
/// Behaviours: R9.1.
pub async fn tells_of_appends_to_a_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut listener = Ears::new(&*store, target.clone());
    for round in 1..=5 {
        let receipt = grow(&*store, &target, 2).await;
        assert_eq!(receipt.last_version, (2 * round).into());
        listener.hear_of(&*store, receipt.last_version.into()).await;
    }
}

/// The listener of all streams is told of the positions of appends to any stream.
///
/// Behaviours: R9.1.
pub async fn tells_of_appends_to_any_stream(harness: &dyn Harness) {
    let store = harness.store();
    let mut listener = Ears::new(&*store, StreamSelector::All);
    for name in ["a", "b", "a", "c"] {
        let receipt = grow(&*store, &stream(name), 3).await;
        listener.hear_of(&*store, receipt.last_position.into()).await;
    }
}

/// The listeners of all streams of a set are told, and those of `$all`.
pub async fn tells_of_sets_to_every_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let targets = ["a", "b", "c"].map(stream);
    let mut all = Ears::new(&*store, StreamSelector::All);
    let mut listeners = targets.clone().map(|target| Ears::new(&*store, target));
    for round in 1..=3 {
        let appends = targets
            .iter()
            .map(|target| Append::new(target.clone(), ExpectedVersion::Any, events(2)));
        let set = AppendSet::new(appends.map(Result::unwrap).collect()).unwrap();
        other.append_set(set).await.unwrap();
        for listener in &mut listeners {
            listener.hear_of(&*store, number(2 * round)).await;
        }
        all.hear_of(&*store, number(6 * round)).await;
    }
}

/// The listeners of a stream that is deleted softly are told to read.
///
/// Behaviours: R4.8, R8.70.
pub async fn tells_of_a_soft_delete(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (target, kept) = (stream("s"), stream("kept"));
    let mut listener = Ears::new(&*store, target.clone());
    let receipt = grow(&*store, &target, 2).await;
    listener.hear_of(&*store, receipt.last_version.into()).await;
    let mut silent = Ears::new(&*store, kept.clone());
    let receipt = grow(&*store, &kept, 2).await;
    silent.hear_of(&*store, receipt.last_version.into()).await;
    other.delete(Delete::new(target, Deletion::Soft)).await.unwrap();
    listener.hear_that_hints_may_be_lost().await;
}

/// The listener of a stream is told of links into it.
///
/// Behaviours: R9.6.
pub async fn tells_of_links_to_a_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (source, target) = (stream("source"), stream("s"));
    let mut listener = Ears::new(&*store, target.clone());
    for round in 1..=3 {
        grow(&*store, &source, 2).await;
        let new = ids_in(&*store, source.clone()).await.split_off(2 * (round - 1));
        let receipt = link_any(&*other, &target, new).await;
        listener.hear_of(&*store, receipt.last_version.into()).await;
    }
}

/// Each of several listeners is told.
pub async fn tells_every_listener(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let selectors = [StreamSelector::All, target.clone().into()];
    let mut listeners: Vec<_> = selectors
        .iter()
        .cycle()
        .take(6)
        .map(|selector| Ears::new(&*store, selector.clone()))
        .collect();
    grow(&*store, &target, 2).await;
    for listener in &mut listeners {
        listener.hear_of(&*store, number(2)).await;
    }
}

/// The end of one listener leaves the others alone.
pub async fn tells_who_is_left_after_a_listener_ends(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let leaving = Ears::new(&*store, target.clone());
    let mut staying = Ears::new(&*store, target.clone());
    grow(&*store, &target, 1).await;
    staying.hear_of(&*store, number(1)).await;
    drop(leaving);
    grow(&*store, &target, 1).await;
    staying.hear_of(&*store, number(2)).await;
}

/// Names with commas and other odd characters are told apart.
///
/// Behaviours: R1.2, R9.3, T31.
pub async fn tells_of_streams_with_odd_names(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["", "a,b", "x,1,2,3", ",", "%_", "'\"\\", "Größe/配列 🇪🇺", "🇪🇺🇪", "a\nb"] {
        let mut listener = Ears::new(&*store, stream(name));
        let receipt = grow(&*store, &stream(name), 2).await;
        listener.hear_of(&*store, receipt.last_version.into()).await;
    }
}

/// Who listens to one stream is told no numbers of others.
pub async fn keeps_other_streams_silent(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("a"));
    let mut listener = Ears::new(&*store, target.clone());
    for name in ["b", "a,1", "A", "a%"] {
        grow(&*store, &stream(name), 5).await;
    }
    grow(&*store, &target, 1).await;
    // A hint beyond the stream's own end fails the case.
    listener.hear_of(&*store, number(1)).await;
}

/// Appends of another node are told as well.
pub async fn tells_of_appends_of_another_node(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut own = Ears::new(&*store, target.clone());
    let mut all = Ears::new(&*store, StreamSelector::All);
    for round in 1..=5 {
        grow(&*other, &target, 1).await;
        own.hear_of(&*store, number(round)).await;
        all.hear_of(&*store, number(round)).await;
    }
}

/// Of many appends at least the last number is told, however late the listener asks.
pub async fn tells_the_last_number_of_many_appends(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut own = Ears::new(&*store, target.clone());
    let mut all = Ears::new(&*store, StreamSelector::All);
    for _ in 0..200 {
        grow(&*store, &target, 1).await;
    }
    own.hear_of(&*store, number(200)).await;
    all.hear_of(&*store, number(200)).await;
}

/// A listener that does not listen is kept one number, the highest, however many hints come meanwhile: they do not queue up.
///
/// Behaviours: T47.
pub async fn keeps_one_number_for_who_does_not_listen(harness: &dyn Harness) {
    const APPENDS: u32 = 200;
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut silent = Ears::new(&*store, target.clone());
    let mut listening = Ears::new(&*store, target.clone());
    hear_of_the_first(&*store, &*other, &target, &mut [&mut silent, &mut listening]).await;
    for round in 2..=APPENDS {
        grow(&*other, &target, 1).await;
        listening.hear_of(&*store, number(round)).await;
        yield_now().await;
    }
    let hints = silent.hints_until(&*store, number(APPENDS)).await;
    assert!(
        hints <= MOST_HINTS,
        "{hints} hints were kept for a listener of {APPENDS} appends that did not listen; it needs one"
    );
}

/// A late hint with a lower number takes nothing back.
pub async fn keeps_the_highest_number_for_who_does_not_listen(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (target, marker) = (stream("s"), stream("marker"));
    let mut silent = Ears::new(&*store, target.clone());
    let mut listening = Ears::new(&*store, target.clone());
    let mut after = Ears::new(&*store, marker.clone());
    hear_of_the_first(&*store, &*other, &target, &mut [&mut silent, &mut listening]).await;
    hear_of_the_first(&*store, &*other, &marker, &mut [&mut after]).await;
    grow(&*store, &target, 4).await;
    listening.hear_of(&*store, number(5)).await;
    yield_now().await;
    harness.forge_hint(&target.into(), number(3)).await;
    // After the late hint, and over the same way.
    grow(&*other, &marker, 1).await;
    after.hear_of(&*store, number(2)).await;
    yield_now().await;
    let first = soon("a hint for who did not listen", silent.next(&*store)).await;
    assert_eq!(
        first,
        number(5),
        "a late hint with a lower number has replaced a higher one"
    );
}

/// A hint is no knowledge: after one that was too high, true or not, a listener is told of each commit as before.
pub async fn tells_of_appends_after_a_hint_that_was_too_high(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    for selector in [StreamSelector::All, target.clone().into()] {
        let mut listener = store.listen(&selector);
        // One hint may be left over from the round before, so that the first rounds tell nothing.
        for round in 1..=4 {
            harness.forge_hint(&selector, number(1_000_000_000)).await;
            grow(&*other, &target, 1).await;
            let what = format!("a hint for {selector} in round {round} after one that was too high");
            assert_ne!(soon(&what, listener.hint()).await, None, "{what}");
        }
    }
}

/// Who listens is told, in time, of what was appended while the connection was cut.
///
/// Behaviours: R9.10, T21.
pub async fn tells_of_appends_while_the_connection_was_cut(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut own = Ears::new(&*store, target.clone());
    let mut all = Ears::new(&*store, StreamSelector::All);
    grow(&*store, &target, 1).await;
    own.hear_of(&*store, number(1)).await;
    all.hear_of(&*store, number(1)).await;

    let cut = harness.cut_notifications().await;
    grow(&*other, &target, 1).await;
    drop(cut);
    own.hear_of(&*store, number(2)).await;
    all.hear_of(&*store, number(2)).await;
}

/// After a cut connection has come back, appends are told as before.
///
/// Behaviours: R9.9, R15.8.
pub async fn tells_of_appends_after_the_connection_was_cut(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut listener = Ears::new(&*store, target.clone());
    for round in 1..=3 {
        drop(harness.cut_notifications().await);
        for number in [2 * round - 1, 2 * round] {
            grow(&*store, &target, 1).await;
            listener.hear_of(&*store, number.into()).await;
        }
    }
}

/// What a store delivers in process of its own appends, if anything, is what a read of `$all` gives: each event once, after its commit.
pub async fn hands_over_nothing_but_what_is_read(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let recipients = [(); 2].map(|()| Arc::<Kept>::default());
    let mut listeners = Vec::new();
    for (node, kept) in nodes.iter().zip(&recipients) {
        listeners.push(node.listen(&StreamSelector::All));
        let kept: Weak<dyn InProcessReceiver> = Arc::<Kept>::downgrade(kept);
        node.deliver_in_process_to(kept);
    }
    let appended = nodes.iter().map(async |node| {
        for round in 0..20 {
            let targets = ["a", "b"].map(stream);
            join_all(targets.iter().map(|target| grow(&**node, target, 1 + round % 3))).await;
            let (target, dated) = (
                targets[0].clone(),
                event().with_created_at(Timestamp::from_unix_micros(1_007).unwrap()),
            );
            let append = Append::new(target.clone(), ExpectedVersion::Any, vec![dated]).unwrap();
            for _ in 0..2 {
                node.append(append.clone().with_idempotence(Idempotence::ByIds))
                    .await
                    .unwrap();
            }
            let refused = Append::new(target, ExpectedVersion::NoStream, events(1)).unwrap();
            node.append(refused).await.unwrap_err();
        }
    });
    join_all(appended).await;
    let stored = read_whole(&*nodes[0], StreamSelector::All).await;
    for kept in recipients {
        for (event_number, event) in &*kept.0.lock().unwrap() {
            let read = stored.iter().find(|read| read.number == *event_number);
            assert_eq!(Some(event), read, "another event was delivered");
        }
    }
}

/// Keeps what is delivered to it.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<EventNumber, NumberedEvent>>);

impl InProcessReceiver for Kept {
    fn receive(&self, events: &[NumberedEvent], began_at: Instant) {
        assert!(began_at <= Instant::now());
        let numbers = numbers_of(events);
        assert!(numbers.windows(2).all(|pair| pair[0].next() == pair[1]), "{numbers:?}");
        let mut kept = self.0.lock().unwrap();
        for event in events {
            let before = kept.insert(event.number, event.clone());
            assert_eq!(before, None, "handed over twice");
        }
    }
}

/// A listener is told that the store has been closed, and so is one that begins to listen later; the listeners of another
/// node go on.
pub async fn tells_listeners_that_it_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut early = [StreamSelector::All, target.clone().into()].map(|selector| store.listen(&selector));
    let mut elsewhere = Ears::new(&*other, target.clone());
    soon("the end of the store", harness.close_store()).await;
    let mut late = store.listen(&target.clone().into());
    for listener in early.iter_mut().chain([&mut late]) {
        soon("the end of a listener", async {
            while listener.hint().await.is_some() {}
        })
        .await;
    }
    let receipt = grow(&*other, &target, 1).await;
    elsewhere.hear_of(&*other, receipt.last_version.into()).await;
}

/// Appends the first event on another node and lets everyone hear of it: whoever has just begun to listen may be told to read, which would
/// hide what is kept for them.
async fn hear_of_the_first(store: &dyn Backend, other: &dyn Backend, target: &StreamName, listeners: &mut [&mut Ears]) {
    grow(other, target, 1).await;
    for listener in listeners {
        listener.hear_of(store, number(1)).await;
    }
}

/// A listener that knows what it listens to.
struct Ears {
    selector: StreamSelector,
    listener: Box<dyn Listener>,
}

impl Ears {
    fn new(store: &dyn Backend, selector: impl Into<StreamSelector>) -> Self {
        let selector = selector.into();
        let listener = store.listen(&selector);
        Self { selector, listener }
    }

    /// Takes hints until one tells of this number, as a subscription would: on [`Hint::Unknown`] it reads.
    async fn hear_of(&mut self, store: &dyn Backend, number: EventNumber) {
        let what = format!("a hint that {} has reached {number}", self.selector);
        soon(&what, async { while self.next(store).await < number {} }).await;
    }

    /// How many hints it takes until one tells of this number.
    async fn hints_until(&mut self, store: &dyn Backend, number: EventNumber) -> usize {
        let what = format!("a hint that {} has reached {number}", self.selector);
        soon(&what, async {
            let mut hints = 1;
            while self.next(store).await < number {
                hints += 1;
            }
            hints
        })
        .await
    }

    async fn hear_that_hints_may_be_lost(&mut self) {
        let told = async { while self.hint().await != Hint::Unknown {} };
        soon("a hint that hints may be lost", told).await;
    }

    /// The next hint; the notifier goes on as long as the store is open.
    async fn hint(&mut self) -> Hint {
        match self.listener.hint().await {
            Some(hint) => hint,
            None => panic!(
                "expected: a hint about {}\n       got: the end of the notifier",
                self.selector
            ),
        }
    }

    async fn next(&mut self, store: &dyn Backend) -> EventNumber {
        let hint = self.hint().await;
        let end = match store.stream_info(&self.selector).await {
            Err(Error::StreamNotFound { .. }) => EventNumber::ZERO,
            info => info.unwrap().version.into(),
        };
        match hint {
            Hint::Unknown => end,
            Hint::UpTo(told) => {
                assert!(
                    told <= end,
                    "{} was said to have reached {told}, but ends at {end}",
                    self.selector
                );
                told
            }
        }
    }
}
