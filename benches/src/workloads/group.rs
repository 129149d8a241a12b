use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{BoxError, EventNumber, EventReaderExt, PartitionCount, Read, SubscriptionName};
use eventstore_postgres::PostgresStore;
use eventstore_subscriptions::{Delivery, Group, OrderingKey, StartFrom, Subscribe, Subscriptions};
use futures_util::TryStreamExt;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::subscriber::unsound;
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Caller, Entrant, OURS, rounded};
use crate::population::Population;
use crate::settings::{Defaults, Settings};

/// Two members of a group handle events that each take a millisecond of waiting, beside the same handler that is fed from memory.
pub(super) struct Groups;

/// So many events are handled for each partition.
const PER_PARTITION: u32 = 1_000;

/// The numbers of partitions, with the names under which they are measured: the largest one is ours.
const SIZES: [(u32, &str, &str); 4] = [
    (1, "queue_1", "group_1"),
    (4, "queue_4", "group_4"),
    (16, "queue_16", "group_16"),
    (64, "queue_64", OURS),
];

#[async_trait]
impl Workload for Groups {
    fn name(&self) -> &'static str {
        "groups"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            events: Some(64 * PER_PARTITION),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            events,
            layout,
            connections,
            ..
        } = bench.settings;
        let population = Population::in_tens(events)?;
        let schema = bench.schema(layout, &[population]).await?;
        let stores = [schema.store(connections).await?, schema.store(connections).await?];
        let mut entrants = Vec::new();
        for (partitions, queue, group) in SIZES {
            let share = Share::new(partitions, population.events())?;
            entrants.push(Entrant::new(queue, vec![FromMemory::read(&stores[0], share).await?]));
            entrants.push(Entrant::new(
                group,
                vec![InGroup {
                    stores: stores.clone(),
                    share,
                }],
            ));
        }
        let comparison = bench.compare(entrants).await?;
        let mut of_queue = serde_json::Map::new();
        for (partitions, queue, group) in SIZES {
            let ratio = comparison.named(group)?.ratio_to(comparison.named(queue)?);
            of_queue.insert(format!("partitions_{partitions}"), json!(rounded(ratio, 2)));
        }
        Ok(Outcome::of(comparison).with_detail("of_queue", of_queue))
    }
}

/// The last events of the log, as many as so many partitions handle.
#[derive(Clone, Copy)]
struct Share {
    partitions: PartitionCount,
    after: EventNumber,
    events: u64,
}

impl Share {
    fn new(partitions: u32, events: u64) -> Result<Self> {
        let share = u64::from(partitions).saturating_mul(PER_PARTITION.into()).min(events);
        let after = EventNumber::try_from(events - share).map_err(eventstore_core::Error::from)?;
        Ok(Self {
            partitions: PartitionCount::new(partitions).map_err(eventstore_core::Error::from)?,
            after,
            events: share,
        })
    }
}

async fn handle() {
    sleep(Duration::from_millis(1)).await;
}

/// A task for each partition handles its events one after another.
struct FromMemory {
    sizes: Vec<u32>,
}

impl FromMemory {
    /// Counts the events of each partition.
    async fn read(store: &PostgresStore, share: Share) -> Result<Self> {
        let ordering = OrderingKey::stream();
        let mut sizes = vec![0; usize::from(share.partitions.get())];
        let mut events = store.read(Read::all().with_start(share.after.next()));
        while let Some(event) = events.try_next().await? {
            let partition = share.partitions.partition_of(&ordering.key_of(&event));
            if let Some(size) = sizes.get_mut(usize::from(partition.get()) - 1) {
                *size += 1;
            }
        }
        Ok(Self { sizes })
    }
}

impl Caller for FromMemory {
    async fn call(&mut self) -> Result<u64> {
        let mut tasks = JoinSet::new();
        for size in self.sizes.iter().copied() {
            tasks.spawn(async move {
                for _ in 0..size {
                    handle().await;
                }
            });
        }
        while tasks.join_next().await.is_some() {}
        Ok(self.sizes.iter().copied().map(u64::from).sum())
    }
}

/// Two members share the partitions of a new group.
struct InGroup {
    stores: [PostgresStore; 2],
    share: Share,
}

impl Caller for InGroup {
    async fn call(&mut self) -> Result<u64> {
        let name = SubscriptionName::new(Uuid::now_v7().to_string()).map_err(eventstore_core::Error::from)?;
        let (handled, done) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let members = self.stores.iter().map(|store| {
            let request = Subscribe::new(name.clone(), eventstore_core::StreamSelector::All)
                .with_start(StartFrom::After(self.share.after))
                .with_settings(settings());
            run_member(store.clone(), request, self.share, Arc::clone(&handled), done.clone())
        });
        futures_util::future::try_join_all(members).await?;
        let handled = handled.load(Ordering::Relaxed);
        if handled == self.share.events {
            return Ok(handled);
        }
        Err(unsound(format!(
            "{handled} of {} events were handled",
            self.share.events
        )))
    }
}

fn settings() -> eventstore_core::SubscriptionSettings {
    eventstore_core::SubscriptionSettings {
        checkpoint_threshold: const { std::num::NonZeroU64::new(100).unwrap() },
        checkpoint_after: Some(Duration::from_millis(100)),
        ..eventstore_core::SubscriptionSettings::default()
    }
}

async fn run_member(
    store: PostgresStore,
    request: Subscribe,
    share: Share,
    handled: Arc<AtomicU64>,
    done: CancellationToken,
) -> Result<()> {
    let subscriptions = Subscriptions::new(store.clone()).with_groups(store);
    let group = Group::new(share.partitions)?;
    let member = tokio::spawn(async move {
        let handler = async |_: Delivery| {
            handle().await;
            if handled.fetch_add(1, Ordering::Relaxed) + 1 == share.events {
                done.cancel();
            }
            Ok::<_, BoxError>(())
        };
        subscriptions
            .run_group_until(request, group, done.cancelled(), handler)
            .await
    });
    let ended = member.await.map_err(|error| unsound(error.to_string()))?;
    ended.map_err(|error| unsound(error.to_string()))
}
