use std::collections::BTreeSet;

use eventstore_core::{ExpectedVersion, PartitionKey};
use eventstore_subscriptions::OrderingKey;
use uuid::Uuid;

use super::{Team, until_held};
use crate::conformance::Harness;
use crate::conformance::sample::{append, event, stream};

/// How many keys there are, and how many streams of each.
const KEYS: u32 = 6;
const STREAMS: u32 = 3;

const ROUNDS: u32 = 4;

/// Events of the same category are handled in order and never at the same time, whatever stream they are in.
pub async fn keeps_the_order_of_each_category(harness: &dyn Harness) {
    keeps_the_order(harness, OrderingKey::category()).await;
}

/// Events with the same correlation id are handled in order and never at the same time, whatever stream they are in.
pub async fn keeps_the_order_of_each_correlation_id(harness: &dyn Harness) {
    keeps_the_order(harness, OrderingKey::correlation_id()).await;
}

/// Events with the same key of the application are handled in order and never at the same time, whatever stream they are in.
pub async fn keeps_the_order_of_what_a_function_tells(harness: &dyn Harness) {
    let tenant = OrderingKey::by("tenant", |event| {
        let (tenant, _) = event.stream.as_str().split_once('-')?;
        Some(PartitionKey::new(tenant))
    });
    keeps_the_order(harness, tenant).await;
}

async fn keeps_the_order(harness: &dyn Harness, ordering: OrderingKey) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let team = Team::ordered_by(8, ordering);
    let members = [team.join(&store, "first"), team.join(&other, "second")];
    until_held(&*store, &[("first", 4), ("second", 4)]).await;
    for round in 0..ROUNDS * STREAMS {
        for key in 0..KEYS {
            let mut event = event();
            event.correlation_id = Some(Uuid::from_u128(key.into()));
            let target = stream(&format!("key{key}-{}", round % STREAMS));
            append(&*store, &target, ExpectedVersion::Any, vec![event])
                .await
                .unwrap();
        }
    }
    let count = KEYS * STREAMS * ROUNDS;
    team.journal.until(usize::try_from(count).unwrap()).await;
    team.journal.assert_in_order();
    assert_eq!(team.journal.members_since(0), BTreeSet::from(["first", "second"]));
    let keys: BTreeSet<_> = team.journal.keys();
    assert_eq!(keys.len(), usize::try_from(KEYS).unwrap(), "{keys:?}");
    for member in members {
        member.stop().await;
    }
}
