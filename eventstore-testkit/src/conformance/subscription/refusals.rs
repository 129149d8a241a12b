use eventstore_core::Refusal;
use eventstore_subscriptions::AckError;

use super::subscribe;
use crate::conformance::Harness;
use crate::conformance::sample::{number, numbers, numbers_of, stream_of};
use crate::conformance::wait::soon;

/// A refused event comes again, with all that came after it, as often as it is refused.
pub async fn delivers_a_refused_event_again(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    let mut subscriber = subscribe(store, target);
    let mut events = subscriber.take(4).await;
    for _ in 0..2 {
        let refusal = subscriber.subscription().nack(number(2), Refusal::Retry);
        soon("the answer", refusal).await.unwrap();
        events = subscriber.take(3).await;
        assert_eq!(numbers_of(&events), numbers(2..=4));
    }
    subscriber.acknowledge(number(1)).await;
    soon("the answer", subscriber.subscription().ack_batch(&events))
        .await
        .unwrap();
    subscriber.until_stored(number(4)).await;
}

/// A skipped event counts as acknowledged; those before it do not.
pub async fn goes_on_after_a_skipped_event(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store, target);
    subscriber.take(3).await;
    let refusal = subscriber.subscription().nack(number(2), Refusal::Skip);
    soon("the answer", refusal).await.unwrap();
    assert_eq!(subscriber.progress().acknowledged, number(0));
    subscriber.acknowledge(number(1)).await;
    assert_eq!(subscriber.progress().acknowledged, number(2));
    let again = soon("the answer", subscriber.subscription().nack(number(2), Refusal::Skip)).await;
    assert_eq!(again, Err(AckError::Unexpected { number: number(2) }));
}
