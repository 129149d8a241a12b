use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use eventstore_core::backend::ProjectionStore;
use eventstore_core::{
    BuildChange, BuildNumber, BuildProgress, BuildStage, BuildState, Error, EventStore, HolderPolicy, ProjectionBuild,
    ProjectionName, Result, Timestamp, projection_progress,
};
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::build_run::{BuildError, BuildRun};
use super::builds::Builds;
use super::effects::make_effects;
use super::goals::Goals;
use super::managed::ManagedProjection;
use super::rules::{Promotion, Supplies};
use crate::{ProjectionError, SubscriptionEnded};

/// How often the builds are looked at: what an operator asks for is done that soon.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the builds of one projection.
pub(super) struct Supervisor<S, P> {
    supplies: Supplies<S>,
    projection: Arc<P>,
    name: ProjectionName,
    builds: Builds,
    goals: Goals,
    /// Builds whose projector has failed, to be run one event at a time.
    careful: BTreeSet<BuildNumber>,
    /// A build that failed before this program was started goes on: the program may have been mended.
    has_resumed: bool,
}

impl<S, P> Supervisor<S, P>
where
    S: EventStore + ProjectionStore + Clone + 'static,
    P: ManagedProjection<S>,
{
    pub(super) fn new(supplies: Supplies<S>, projection: P) -> Self {
        Self {
            supplies,
            name: projection.name(),
            projection: Arc::new(projection),
            builds: Builds::default(),
            goals: Goals::default(),
            careful: BTreeSet::new(),
            has_resumed: false,
        }
    }

    /// Runs until this is cancelled, or the storage fails in a way that another attempt cannot mend.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<()> {
        // Dropping the set ends its task.
        let mut effects = JoinSet::new();
        if self.projection.has_effects() {
            let subscriptions = self.supplies.subscriptions.clone();
            effects.spawn(make_effects::<S, P>(
                subscriptions,
                Arc::clone(&self.projection),
                stop.clone(),
            ));
        }
        let outcome = self.supervise(&stop).await;
        self.builds.stop_all().await;
        stop.cancel();
        if let Some(Err(error)) = effects.join_next().await {
            warn!(%error, projection = %self.name, "making the effects of a projection ended with a panic");
        }
        outcome
    }

    async fn supervise(&mut self, stop: &CancellationToken) -> Result<()> {
        let mut looks = interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                ended = self.builds.next_end() => {
                    let (build, ended) = ended.map_err(|error| Error::storage("a build of a projection panicked", error))?;
                    self.take_end(build, ended).await
                }
                _ = looks.tick() => select! {
                    biased;
                    // Discarding the data of a build is the application's, and may not return.
                    () = stop.cancelled() => return Ok(()),
                    looked = self.look() => looked,
                },
            };
            match done {
                Err(error) if error.is_retryable() => {
                    warn!(%error, projection = %self.name, "its builds cannot be managed for now");
                }
                done => done?,
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        let mut builds = self.supplies.store.builds_of(&self.name).await?;
        if self.is_new(&builds) {
            let begun = self
                .supplies
                .store
                .begin_build(&self.name, self.projection.version())
                .await?;
            info!(projection = %self.name, build = %begun.number, "a build begins");
            builds = self.supplies.store.builds_of(&self.name).await?;
        }
        for build in &builds {
            self.attend_to(build, &builds).await?;
        }
        self.has_resumed = true;
        if self.supplies.rules.promotion == Promotion::WhenCaughtUp {
            self.promote(&builds).await?;
        }
        Ok(())
    }

    /// Whether there is no build that this version, or a later one, makes or has made: what an operator has cancelled does not begin again.
    fn is_new(&self, builds: &[ProjectionBuild]) -> bool {
        !builds.iter().any(|build| build.version >= self.projection.version())
    }

    async fn attend_to(&mut self, build: &ProjectionBuild, all: &[ProjectionBuild]) -> Result<()> {
        match build.state() {
            BuildState::Retired if is_replaced(build, all) => self.retire(build).await,
            // Cancelled: it is kept until there is another one, as a sign that this version is not to begin by itself.
            BuildState::Retired => {
                self.builds.stop(build.number);
                Ok(())
            }
            // Another version of the program makes it.
            _ if build.version != self.projection.version() => Ok(()),
            BuildState::Building | BuildState::Live => {
                self.start(build.number);
                Ok(())
            }
            BuildState::Failed if !self.has_resumed => {
                self.change(build.number, &BuildChange::Resume).await?;
                self.start(build.number);
                Ok(())
            }
            BuildState::Paused | BuildState::Failed => {
                self.builds.stop(build.number);
                Ok(())
            }
        }
    }

    fn start(&mut self, build: BuildNumber) {
        if self.builds.is_running(build) {
            return;
        }
        let stop = CancellationToken::new();
        let run = BuildRun {
            store: self.supplies.store.clone(),
            subscriptions: self.supplies.subscriptions.clone(),
            projection: Arc::clone(&self.projection),
            build,
            stop: stop.clone(),
            is_careful: self.careful.remove(&build),
        };
        self.builds.start(build, stop, run.run());
    }

    /// A build that is not used is stopped, and its data is discarded once no reader uses it any more.
    async fn retire(&mut self, build: &ProjectionBuild) -> Result<()> {
        if self.builds.is_running(build.number) {
            self.builds.stop(build.number);
            return Ok(());
        }
        if !has_passed(self.supplies.rules.retention, build.stage_since) {
            return Ok(());
        }
        let store = &self.supplies.store;
        if let Err(error) = self.projection.discard(store, build.number).await {
            warn!(%error, projection = %self.name, build = %build.number, "the data of a retired build was not discarded");
            return Ok(());
        }
        store
            .delete_subscription(&self.name.subscription(build.number), HolderPolicy::Override)
            .await?;
        store.forget_build(&self.name, build.number).await
    }

    async fn promote(&mut self, builds: &[ProjectionBuild]) -> Result<()> {
        let is_ready = |build: &&ProjectionBuild| {
            build.state() == BuildState::Building && build.version == self.projection.version()
        };
        let Some(building) = builds.iter().find(is_ready) else {
            return Ok(());
        };
        let progress = projection_progress(&self.supplies.store, &self.name).await?;
        let building = progress.into_iter().find(|one| one.build.number == building.number);
        let Some(BuildProgress {
            build: building,
            position,
            target,
            ..
        }) = building
        else {
            return Ok(());
        };
        if self.goals.is_reached(building.number, position, target) {
            self.change(building.number, &BuildChange::Promote).await?;
            info!(projection = %self.name, build = %building.number, "the build is live");
        }
        Ok(())
    }

    async fn take_end(&mut self, build: BuildNumber, ended: Result<(), BuildError>) -> Result<()> {
        let failure = match ended {
            Ok(()) => return Ok(()),
            Err(BuildError::Project {
                error: ProjectionError::Ended(SubscriptionEnded::StoreClosed),
                ..
            }) => return Err(Error::StoreClosed),
            Err(failure) if failure.needs_care() => {
                warn!(error = %failure, projection = %self.name, %build, "a build has failed: it is tried once more, one event at a time");
                self.careful.insert(build);
                return Ok(());
            }
            Err(failure) => failure,
        };
        let number = match &failure {
            BuildError::Prepare { .. } | BuildError::Panicked(_) => None,
            BuildError::Project { number, .. } => *number,
        };
        error!(error = %failure, projection = %self.name, %build, ?number, "a build of a projection has failed");
        let change = BuildChange::Fail {
            number,
            message: failure.to_string().into(),
        };
        self.change(build, &change).await
    }

    /// What another process has changed meanwhile is seen with the next look.
    async fn change(&self, build: BuildNumber, change: &BuildChange) -> Result<()> {
        match self.supplies.store.change_build(&self.name, build, change).await {
            Ok(_) => Ok(()),
            Err(error @ (Error::ProjectionNotFound { .. } | Error::InvalidInput { .. })) => {
                info!(%error, projection = %self.name, %build, "a build has changed meanwhile");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a build is in use that is of this version or of a later one.
fn is_replaced(build: &ProjectionBuild, all: &[ProjectionBuild]) -> bool {
    let mut in_use = all.iter().filter(|other| other.stage != BuildStage::Retired);
    in_use.any(|other| other.version >= build.version)
}

fn has_passed(retention: Duration, since: Timestamp) -> bool {
    let now = Timestamp::try_from(SystemTime::now());
    now.is_ok_and(|now| {
        let passed = now.unix_micros().saturating_sub(since.unix_micros());
        u128::try_from(passed).is_ok_and(|passed| passed >= retention.as_micros())
    })
}
