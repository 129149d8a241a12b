//! Builds of projections that break a rule.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use eventstore_core::{
    BuildChange, BuildNumber, BuildStage, ProjectionBuild, ProjectionCatalog, ProjectionName, Result,
};
use eventstore_testkit::MemoryStore;
use tokio::task::yield_now;

use crate::catalog_mutation::CatalogMutation;
use crate::mutation::Mutation;

/// What is a mutation of builds alone.
macro_rules! mutations_of_builds {
    ($($mutation:ty),+ $(,)?) => {$(
        impl Mutation for $mutation {
            fn catalog(&self) -> &dyn CatalogMutation {
                self
            }
        }
    )+};
}

mutations_of_builds! {
    LeavesTheFormerBuildLive,
    RetiresTheLiveBuildFirst,
    UsesNumbersAgain,
    ForgetsWhereABuildFailed,
    BeginsAnew,
    PromotesWhatIsPaused,
    ListsBuildsBackwards,
    ForgetsWhatIsLive,
}

async fn building(store: &MemoryStore, name: &ProjectionName) -> Result<Option<ProjectionBuild>> {
    let builds = store.builds_of(name).await?;
    Ok(builds.into_iter().find(|build| build.stage == BuildStage::Building))
}

pub(crate) struct LeavesTheFormerBuildLive;

#[async_trait]
impl CatalogMutation for LeavesTheFormerBuildLive {
    /// What was retired by the promotion of the live build is shown as live.
    async fn list_builds(&self, store: &MemoryStore) -> Result<Vec<ProjectionBuild>> {
        let mut builds = store.list_builds().await?;
        let live = builds.iter().find(|build| build.stage == BuildStage::Live);
        let promoted_at = live.map(|build| build.stage_since);
        for build in builds.iter_mut().filter(|build| Some(build.stage_since) == promoted_at) {
            build.stage = BuildStage::Live;
        }
        Ok(builds)
    }
}

/// Whether the live build is retired, and the next one is not live yet.
#[derive(Default)]
pub(crate) struct RetiresTheLiveBuildFirst(AtomicBool);

#[async_trait]
impl CatalogMutation for RetiresTheLiveBuildFirst {
    async fn list_builds(&self, store: &MemoryStore) -> Result<Vec<ProjectionBuild>> {
        let mut builds = store.list_builds().await?;
        if self.0.load(Ordering::SeqCst) {
            for build in builds.iter_mut().filter(|build| build.stage == BuildStage::Live) {
                build.stage = BuildStage::Retired;
            }
        }
        Ok(builds)
    }

    async fn change_build(
        &self,
        store: &MemoryStore,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        self.0.store(*change == BuildChange::Promote, Ordering::SeqCst);
        yield_now().await;
        let changed = store.change_build(name, number, change).await;
        self.0.store(false, Ordering::SeqCst);
        changed
    }
}

/// Builds are numbered as they are listed.
pub(crate) struct UsesNumbersAgain;

impl UsesNumbersAgain {
    async fn shown(store: &MemoryStore, name: &ProjectionName) -> Result<Vec<(BuildNumber, ProjectionBuild)>> {
        let builds = store.builds_of(name).await?;
        let numbers = (1..).filter_map(BuildNumber::new);
        Ok(numbers.zip(builds).collect())
    }

    async fn number_of(store: &MemoryStore, name: &ProjectionName, shown: BuildNumber) -> Result<BuildNumber> {
        let builds = Self::shown(store, name).await?;
        let found = builds.iter().find(|(number, _)| *number == shown);
        Ok(found.map_or(shown, |(_, build)| build.number))
    }

    async fn show(store: &MemoryStore, build: ProjectionBuild) -> Result<ProjectionBuild> {
        let builds = Self::shown(store, &build.name).await?;
        let found = builds.iter().find(|(_, stored)| stored.number == build.number);
        let number = found.map_or(build.number, |(number, _)| *number);
        Ok(ProjectionBuild { number, ..build })
    }
}

#[async_trait]
impl CatalogMutation for UsesNumbersAgain {
    async fn list_builds(&self, store: &MemoryStore) -> Result<Vec<ProjectionBuild>> {
        let mut shown = Vec::new();
        for build in store.list_builds().await? {
            shown.push(Self::show(store, build).await?);
        }
        Ok(shown)
    }

    async fn begin_build(&self, store: &MemoryStore, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        Self::show(store, store.begin_build(name, version).await?).await
    }

    async fn change_build(
        &self,
        store: &MemoryStore,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let number = Self::number_of(store, name, number).await?;
        Self::show(store, store.change_build(name, number, change).await?).await
    }

    async fn forget_build(&self, store: &MemoryStore, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        let number = Self::number_of(store, name, number).await?;
        store.forget_build(name, number).await
    }
}

pub(crate) struct ForgetsWhereABuildFailed;

#[async_trait]
impl CatalogMutation for ForgetsWhereABuildFailed {
    async fn change_build(
        &self,
        store: &MemoryStore,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let mut made = change.clone();
        if let BuildChange::Fail { number, .. } = &mut made {
            *number = None;
        }
        store.change_build(name, number, &made).await
    }
}

pub(crate) struct BeginsAnew;

#[async_trait]
impl CatalogMutation for BeginsAnew {
    /// Whatever is building is cancelled.
    async fn begin_build(&self, store: &MemoryStore, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        if let Some(building) = building(store, name).await? {
            let cancelled = store.change_build(name, building.number, &BuildChange::Cancel).await;
            cancelled?;
        }
        store.begin_build(name, version).await
    }
}

pub(crate) struct PromotesWhatIsPaused;

#[async_trait]
impl CatalogMutation for PromotesWhatIsPaused {
    async fn change_build(
        &self,
        store: &MemoryStore,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let building = building(store, name).await?;
        if *change == BuildChange::Promote && building.is_some_and(|build| build.number == number) {
            store.change_build(name, number, &BuildChange::Resume).await?;
        }
        store.change_build(name, number, change).await
    }
}

pub(crate) struct ListsBuildsBackwards;

#[async_trait]
impl CatalogMutation for ListsBuildsBackwards {
    async fn list_builds(&self, store: &MemoryStore) -> Result<Vec<ProjectionBuild>> {
        let mut builds = store.list_builds().await?;
        builds.reverse();
        Ok(builds)
    }
}

pub(crate) struct ForgetsWhatIsLive;

#[async_trait]
impl CatalogMutation for ForgetsWhatIsLive {
    /// A build takes the place of what is live, and goes with it.
    async fn forget_build(&self, store: &MemoryStore, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        let builds = store.builds_of(name).await?;
        let is_live = |build: &ProjectionBuild| build.number == number && build.stage == BuildStage::Live;
        if builds.iter().any(is_live) {
            let other = store.begin_build(name, u32::MAX).await?;
            store.change_build(name, other.number, &BuildChange::Promote).await?;
        }
        store.forget_build(name, number).await
    }
}
