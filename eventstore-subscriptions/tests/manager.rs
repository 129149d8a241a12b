//! What the manager of projections does with builds; the kit's cases say how a storage keeps them.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{
    BoxError, BuildNumber, BuildState, Error, EventWriterExt, ExpectedVersion, NewEvent, ProjectionCatalog,
    ProjectionName, projection_progress,
};
use eventstore_subscriptions::{
    Delivery, Group, ManagedProjection, ProjectionManager, Projector, Promotion, cancel_rebuild, live_build,
    pause_projection, promote_projection, rebuild_projection, resume_projection,
};
use eventstore_testkit::MemoryStore;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(30);

/// What a program has, and its projections have made.
#[derive(Clone, Default)]
struct World {
    /// The numbers that each build has projected.
    projected: Arc<Mutex<BTreeMap<u32, Vec<u64>>>>,
    effects: Arc<Mutex<Vec<u64>>>,
    /// The event at which the projector fails.
    poison: Arc<Mutex<Option<u64>>>,
    /// The projector panics there.
    panics: bool,
}

struct Totals {
    world: World,
    version: u32,
    partitions: Option<Group>,
}

struct TotalsProjector {
    world: World,
    build: u32,
}

#[async_trait]
impl<T: Send> Projector<T> for TotalsProjector {
    type Error = BoxError;

    async fn project(&mut self, _transaction: &mut T, events: &[Delivery]) -> Result<(), BoxError> {
        let poison = *self.world.poison.lock().unwrap();
        if events.iter().any(|event| Some(event.number.get()) == poison) {
            assert!(!self.world.panics, "poison");
            return Err("poison".into());
        }
        let mut projected = self.world.projected.lock().unwrap();
        projected
            .entry(self.build)
            .or_default()
            .extend(events.iter().map(|event| event.number.get()));
        Ok(())
    }
}

#[async_trait]
impl ManagedProjection<MemoryStore> for Totals {
    type Projector = TotalsProjector;

    fn name(&self) -> ProjectionName {
        name()
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn partitions(&self) -> Option<Group> {
        self.partitions.clone()
    }

    async fn prepare(&self, _store: &MemoryStore, build: BuildNumber) -> Result<(), BoxError> {
        self.world.projected.lock().unwrap().entry(build.get()).or_default();
        Ok(())
    }

    fn projector(&self, build: BuildNumber) -> TotalsProjector {
        TotalsProjector {
            world: self.world.clone(),
            build: build.get(),
        }
    }

    async fn discard(&self, _store: &MemoryStore, build: BuildNumber) -> Result<(), BoxError> {
        self.world.projected.lock().unwrap().remove(&build.get());
        Ok(())
    }

    fn has_effects(&self) -> bool {
        true
    }

    async fn make_effect(&self, event: &Delivery) -> Result<(), BoxError> {
        self.world.effects.lock().unwrap().push(event.number.get());
        Ok(())
    }
}

fn name() -> ProjectionName {
    ProjectionName::new("totals").unwrap()
}

async fn append(store: &MemoryStore, count: usize) {
    for number in 0..count {
        let event = NewEvent::new(Uuid::now_v7(), "Happened".parse().unwrap(), "{}");
        store
            .append_events(format!("order-{}", number % 7), ExpectedVersion::Any, [event])
            .await
            .unwrap();
    }
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    fn start(store: &MemoryStore, projection: Totals, promotion: Promotion) -> Self {
        let shutdown = CancellationToken::new();
        let manager = ProjectionManager::new(store.clone())
            .with_promotion(promotion)
            .with_retention(Duration::ZERO)
            .with_projection(projection);
        let until = shutdown.clone();
        let task = tokio::spawn(async move { manager.run_until(until.cancelled()).await });
        Self { shutdown, task }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        timeout(LIMIT, self.task).await.unwrap().unwrap().unwrap();
    }
}

fn totals(world: &World, version: u32) -> Totals {
    Totals {
        world: world.clone(),
        version,
        partitions: None,
    }
}

async fn states(store: &MemoryStore) -> Vec<(u32, BuildState)> {
    let builds = store.builds_of(&name()).await.unwrap();
    builds.iter().map(|build| (build.number.get(), build.state())).collect()
}

async fn until(is_so: impl AsyncFn() -> bool) {
    let reached = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, reached).await.unwrap();
}

async fn until_states(store: &MemoryStore, expected: &[(u32, BuildState)]) {
    let reached = timeout(LIMIT, async {
        while states(store).await != expected {
            tokio::task::yield_now().await;
        }
    });
    if reached.await.is_err() {
        panic!("expected {expected:?}, but {:?}", store.builds_of(&name()).await);
    }
}

fn projected(world: &World, build: u32) -> Vec<u64> {
    world.projected.lock().unwrap().get(&build).cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_first_build_becomes_live_and_a_rebuild_takes_its_place_without_repeating_effects() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 10).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Live)]).await;
    append(&store, 3).await;
    until(async || projected(&world, 1).len() == 13).await;
    until(async || *world.effects.lock().unwrap() == [11, 12, 13]).await;
    let rebuild = rebuild_projection(&store, &name()).await.unwrap();
    assert_eq!(rebuild.number.get(), 2);
    until_states(&store, &[(2, BuildState::Live)]).await;
    assert_eq!(projected(&world, 2), (1..=13).collect::<Vec<_>>());
    assert_eq!(
        projected(&world, 1),
        [0_u64; 0],
        "the data of the retired build is discarded"
    );
    assert_eq!(live_build(&store, &name()).await.unwrap(), BuildNumber::new(2));
    append(&store, 1).await;
    until(async || *world.effects.lock().unwrap() == [11, 12, 13, 14]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_later_version_is_built_beside_and_promoted_by_the_operator() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 5).await;
    let first = Running::start(&store, totals(&world, 1), Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Live)]).await;
    first.stop().await;
    let second = Running::start(&store, totals(&world, 2), Promotion::ByOperator);
    until_states(&store, &[(1, BuildState::Live), (2, BuildState::Building)]).await;
    until(async || projection_progress(&store, &name()).await.unwrap()[1].has_caught_up()).await;
    promote_projection(&store, &name()).await.unwrap();
    until_states(&store, &[(2, BuildState::Live)]).await;
    second.stop().await;
}

#[tokio::test]
async fn a_build_in_partitions_projects_every_event_once() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 200).await;
    let projection = Totals {
        partitions: Some(Group::new(4).unwrap()),
        ..totals(&world, 1)
    };
    let running = Running::start(&store, projection, Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Live)]).await;
    let mut numbers = projected(&world, 1);
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test]
async fn a_failure_names_its_event_and_the_build_goes_on_from_there_once_it_is_mended() {
    let (store, world) = (MemoryStore::new(), World::default());
    *world.poison.lock().unwrap() = Some(7);
    append(&store, 10).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Failed)]).await;
    let failure = store.builds_of(&name()).await.unwrap()[0].failure.clone().unwrap();
    assert_eq!((failure.number.unwrap().get(), failure.message.as_str()), (7, "poison"));
    assert_eq!(projected(&world, 1), (1..=6).collect::<Vec<_>>());
    *world.poison.lock().unwrap() = None;
    resume_projection(&store, &name()).await.unwrap();
    until_states(&store, &[(1, BuildState::Live)]).await;
    assert_eq!(projected(&world, 1), (1..=10).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test]
async fn a_projector_that_panics_fails_its_build_and_nothing_else() {
    let (store, world) = (
        MemoryStore::new(),
        World {
            panics: true,
            ..World::default()
        },
    );
    *world.poison.lock().unwrap() = Some(3);
    append(&store, 5).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Failed)]).await;
    let failure = store.builds_of(&name()).await.unwrap()[0].failure.clone().unwrap();
    assert_eq!(failure.message.as_str(), "its projector panicked: poison");
    running.stop().await;
}

#[tokio::test]
async fn a_new_version_that_is_cancelled_does_not_begin_again_by_itself() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 3).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::ByOperator);
    until_states(&store, &[(1, BuildState::Building)]).await;
    cancel_rebuild(&store, &name()).await.unwrap();
    append(&store, 2).await;
    // The effects of what was appended later show that the manager has gone on.
    until(async || *world.effects.lock().unwrap() == [4, 5]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(states(&store).await, [(1, BuildState::Retired)]);
    rebuild_projection(&store, &name()).await.unwrap();
    until_states(&store, &[(2, BuildState::Building)]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_build_can_be_paused_resumed_and_cancelled() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 3).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::ByOperator);
    until(async || projected(&world, 1).len() == 3).await;
    pause_projection(&store, &name()).await.unwrap();
    assert_eq!(states(&store).await, [(1, BuildState::Paused)]);
    let error = promote_projection(&store, &name()).await.unwrap_err();
    assert!(
        matches!(error, Error::InvalidInput { argument: "change", .. }),
        "{error}"
    );
    resume_projection(&store, &name()).await.unwrap();
    append(&store, 2).await;
    until(async || projected(&world, 1).len() == 5).await;
    until(async || projection_progress(&store, &name()).await.unwrap()[0].has_caught_up()).await;
    promote_projection(&store, &name()).await.unwrap();
    rebuild_projection(&store, &name()).await.unwrap();
    cancel_rebuild(&store, &name()).await.unwrap();
    until_states(&store, &[(1, BuildState::Live)]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_promotion_before_it_has_caught_up_and_an_unknown_projection_are_refused() {
    let (store, world) = (MemoryStore::new(), World::default());
    append(&store, 3).await;
    let running = Running::start(&store, totals(&world, 1), Promotion::WhenCaughtUp);
    until_states(&store, &[(1, BuildState::Live)]).await;
    running.stop().await;
    rebuild_projection(&store, &name()).await.unwrap();
    let error = promote_projection(&store, &name()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid change: build 2 of totals has not caught up: it is at event 0 of 3"
    );
    let unknown = ProjectionName::new("unknown").unwrap();
    for error in [
        rebuild_projection(&store, &unknown).await.unwrap_err(),
        promote_projection(&store, &unknown).await.unwrap_err(),
        cancel_rebuild(&store, &unknown).await.unwrap_err(),
        pause_projection(&store, &unknown).await.unwrap_err(),
        projection_progress(&store, &unknown).await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, Error::ProjectionNotFound { name } if *name == unknown),
            "{error}"
        );
    }
}
