//! Groups that run: members on several nodes handle the events of their partitions.

mod administration;
mod coming_and_going;
mod journal;
mod member;
mod ordering;
mod parking;
mod progress;
mod projecting;
mod single_holder;
mod tapped;
mod team;

pub use administration::*;
pub use coming_and_going::*;
pub use ordering::*;
pub use parking::*;
pub use progress::*;
pub use projecting::*;
pub use single_holder::*;

use eventstore_core::{PartitionCount, PartitionKey, StreamName, SubscriptionKey};

use self::journal::Journal;
use self::member::Member;
use self::tapped::Tapped;
use self::team::Team;
use super::Backend;
use super::sample::{grow, stream, subscription_key};
use super::wait::until_some;

/// The key of the group that a case is about.
fn group_key() -> SubscriptionKey {
    subscription_key("$all", "g")
}

/// One stream of each partition, where streams keep their order.
fn streams_of_all_partitions(partitions: u16) -> Vec<StreamName> {
    let count = PartitionCount::new(partitions.into()).unwrap();
    let streams = |number: u32| stream(&format!("s-{number}"));
    let of_partition = |wanted| {
        let mut streams = (0..).map(streams);
        let found = streams.find(|stream| count.partition_of(&PartitionKey::from(stream)) == wanted);
        found.unwrap()
    };
    count.partitions().map(of_partition).collect()
}

/// Appends this many events to each stream, in turn.
async fn grow_each(store: &dyn Backend, streams: &[StreamName], rounds: usize) {
    for _ in 0..rounds {
        for stream in streams {
            grow(store, stream, 1).await;
        }
    }
}

/// Waits until each of these members holds this many partitions.
async fn until_held(store: &dyn Backend, expected: &[(&str, usize)]) {
    until_some("the shares of the members", async || {
        let groups = store.list_groups().await.unwrap();
        let partitions = &groups.first()?.partitions;
        let holders: Vec<_> = partitions.iter().filter_map(|it| it.holder.as_ref()).collect();
        let holds = |name| holders.iter().filter(|holder| holder.as_str() == name).count();
        expected
            .iter()
            .all(|(name, count)| holds(*name) == *count)
            .then_some(())
    })
    .await;
}
