use std::collections::BTreeSet;

use eventstore_core::StreamSelector;

use super::subscribe;
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream_of};

/// What was appended while the notifier's connection was cut is delivered without a further append.
///
/// Behaviours: R9.10, R15.6, T21.
pub async fn catches_up_after_the_notifier_was_cut(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 2).await;
    let mut single = subscribe(store.clone(), target.clone());
    let mut all = subscribe(store, StreamSelector::All);
    for subscriber in [&mut single, &mut all] {
        subscriber.take_and_acknowledge(2).await;
        subscriber.until("being caught up", |progress| progress.caught_up).await;
    }

    let cut = harness.cut_notifications().await;
    grow(&*other, &target, 3).await;
    drop(cut);
    for subscriber in [&mut single, &mut all] {
        assert_eq!(numbers_of(&subscriber.take_and_acknowledge(3).await), numbers(3..=5));
    }
}

/// Whoever loses the lease takes it again and delivers from the stored checkpoint, none skipped.
///
/// Behaviours: R8.66, R15.6, R15.8, T19.
pub async fn delivers_again_after_the_lease_was_cut(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 8).await;
    let mut subscriber = subscribe(store.clone(), target.clone());
    subscriber.take(8).await;
    subscriber.acknowledge(number(3)).await;
    subscriber.until_stored(number(3)).await;

    harness.cut_leases().await;
    assert_eq!(numbers_of(&subscriber.take(5).await), numbers(4..=8));
    subscriber.acknowledge(number(8)).await;
    grow(&*store, &target, 1).await;
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([9]));
}

/// With two subscribers, the one that holds the lease after cuts goes on; together they get every event.
pub async fn skips_nothing_when_the_lease_moves(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 5).await;
    let mut first = subscribe(store.clone(), target.clone());
    let mut second = subscribe(other, target.clone());
    let mut seen = [Vec::new(), Vec::new()];
    for last in 6..=9 {
        grow(&*store, &target, 1).await;
        let [first_seen, second_seen] = &mut seen;
        tokio::select! {
            () = first.serve_until_stored(number(last), first_seen) => {}
            () = second.serve_until_stored(number(last), second_seen) => {}
        }
        harness.cut_leases().await;
    }
    let together: BTreeSet<_> = seen.concat().into_iter().collect();
    assert!(together.into_iter().eq(numbers(1..=9)), "{seen:?}");
}
