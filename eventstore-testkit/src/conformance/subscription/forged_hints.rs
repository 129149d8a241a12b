use eventstore_core::{StreamSelector, SubscriptionStatus};

use super::subscribe;
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream, stream_of};

/// A hint with a number that no event has hides no later event, and is not taken for the end of the stream.
pub async fn delivers_what_is_appended_after_a_hint_that_was_too_high(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 1).await;
    let selectors = [StreamSelector::All, target.clone().into()];
    let mut subscribers = selectors.clone().map(|selector| subscribe(store.clone(), selector));
    for subscriber in &mut subscribers {
        subscriber.take_and_acknowledge(1).await;
        subscriber.until("being caught up", |progress| progress.caught_up).await;
    }
    for selector in &selectors {
        harness.forge_hint(selector, number(1_000_000_000)).await;
    }
    for round in 2..=4 {
        grow(&*other, &target, 1).await;
        for subscriber in &mut subscribers {
            assert_eq!(numbers_of(&subscriber.take_and_acknowledge(1).await), numbers([round]));
        }
    }
    for subscriber in &mut subscribers {
        subscriber
            .until("being caught up again", |progress| progress.caught_up)
            .await;
    }
}

/// Many hints with numbers that no event has cost time at most: what is appended is delivered between them, and the
/// subscription is live and caught up after them.
pub async fn goes_on_through_a_flood_of_hints_that_are_too_high(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut subscriber = subscribe(store.clone(), target.clone());
    for round in 1..=20 {
        for forged in 1..=10 {
            harness
                .forge_hint(&target.clone().into(), number(1_000 * round + forged))
                .await;
        }
        grow(&*store, &target, 1).await;
        assert_eq!(numbers_of(&subscriber.take_and_acknowledge(1).await), numbers([round]));
    }
    subscriber
        .until("being caught up", |progress| {
            progress.caught_up && progress.status == SubscriptionStatus::Live
        })
        .await;
    assert_eq!(subscriber.progress().received, number(20));
}
