use std::sync::Arc;

use eventstore_core::{Append, AppendSet, ExpectedVersion, Idempotence, StreamSelector, Timestamp};
use eventstore_subscriptions::{Subscribe, Subscriptions};
use futures_util::future::join_all;
use uuid::Uuid;

use super::{Subscriber, settings};
use crate::conformance::sample::{
    append, assert_delivered, assert_delivered_of_all, event, events, grow, read_whole, stream,
};
use crate::conformance::{Backend, Harness};

/// A subscriber that is live, to a store of its own process.
async fn live(store: &Arc<dyn Backend>, selector: impl Into<StreamSelector>) -> Subscriber {
    let request = Subscribe::transient(selector).with_settings(settings());
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &request);
    subscriber.until_live().await;
    subscriber
}

/// What a store appends comes to subscribers in its own process as it is read, whatever way it comes.
///
/// Behaviours: R9.1.
pub async fn delivers_what_its_own_process_appends_as_it_is_read(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (a, b) = (stream("a"), stream("b"));
    let (mut all, mut single) = (live(&store, StreamSelector::All).await, live(&store, a.clone()).await);

    let at = |micros| Timestamp::from_unix_micros(micros).unwrap();
    let full = event()
        .with_metadata("{\"b\":  1, \"a\": [2]}")
        .with_causation_id(Uuid::from_u128(1))
        .with_correlation_id(Uuid::from_u128(2))
        .with_created_at(at(1_234_567_890_123_457));
    let idempotent = Append::new(a.clone(), ExpectedVersion::Any, vec![event(), full]).unwrap();
    store
        .append(idempotent.clone().with_idempotence(Idempotence::ByIds))
        .await
        .unwrap();
    store
        .append(idempotent.with_idempotence(Idempotence::ByIds))
        .await
        .unwrap();
    append(&*store, &a, ExpectedVersion::NoStream, vec![event()])
        .await
        .unwrap_err();
    let to_b = Append::new(b.clone(), ExpectedVersion::NoStream, events(2)).unwrap();
    store.append(to_b.clone().with_created_at(at(-5))).await.unwrap();
    let of = |target| Append::new(target, ExpectedVersion::StreamExists, events(1)).unwrap();
    store
        .append_set(AppendSet::new(vec![of(b), of(a.clone())]).unwrap())
        .await
        .unwrap();

    assert_delivered_of_all(&all.take(6).await, &read_whole(&*other, StreamSelector::All).await);
    assert_delivered(&single.take(3).await, &read_whole(&*other, a).await);
}

/// What two processes append at once comes to the subscribers of both, each event once and in its place.
///
/// Behaviours: R8.57.
pub async fn delivers_in_order_what_two_processes_append_at_once(harness: &dyn Harness) {
    const APPENDS: usize = 100;
    let nodes = [harness.store(), harness.another_node().await];
    let shared = stream("s-0");
    let mut to_all = Vec::new();
    let mut to_one = Vec::new();
    for node in &nodes {
        to_all.push(live(node, StreamSelector::All).await);
        to_one.push(live(node, shared.clone()).await);
    }
    let appended = join_all(nodes.iter().map(async |node| {
        for round in 0..APPENDS / 5 {
            let targets = (0..5).map(|index| stream(&format!("s-{index}")));
            join_all(targets.map(async |target| grow(&**node, &target, 1 + round % 3).await)).await;
            // Lets the subscribers run, whatever runtime this is.
            tokio::task::yield_now().await;
        }
    }));
    let total = nodes.len() * (0..APPENDS / 5).map(|round| 5 * (1 + round % 3)).sum::<usize>();
    let received = async {
        let all = join_all(to_all.iter_mut().map(|subscriber| subscriber.take(total))).await;
        let one = join_all(to_one.iter_mut().map(|subscriber| subscriber.take(total / 5))).await;
        (all, one)
    };
    let (_, (all, one)) = tokio::join!(appended, received);
    for (selector, received) in [(StreamSelector::All, all), (shared.into(), one)] {
        let is_all = selector == StreamSelector::All;
        let stored = read_whole(&*nodes[0], selector).await;
        for events in received {
            if is_all {
                assert_delivered_of_all(&events, &stored);
            } else {
                assert_delivered(&events, &stored);
            }
        }
    }
}
