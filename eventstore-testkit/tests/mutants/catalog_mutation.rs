//! What a backend does wrong with the builds of projections.

use async_trait::async_trait;
use eventstore_core::{BuildChange, BuildNumber, ProjectionBuild, ProjectionCatalog, ProjectionName, Result};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutant;

/// The part of a [`Mutation`](crate::mutation::Mutation) that is about builds; every method does the right thing until it is overridden.
#[async_trait]
pub(crate) trait CatalogMutation: Send + Sync {
    async fn list_builds(&self, store: &MemoryStore) -> Result<Vec<ProjectionBuild>> {
        store.list_builds().await
    }

    async fn begin_build(&self, store: &MemoryStore, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        store.begin_build(name, version).await
    }

    async fn change_build(
        &self,
        store: &MemoryStore,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        store.change_build(name, number, change).await
    }

    async fn forget_build(&self, store: &MemoryStore, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        store.forget_build(name, number).await
    }
}

/// Breaks no rule of builds.
pub(crate) struct RightCatalog;

impl CatalogMutation for RightCatalog {}

#[async_trait]
impl ProjectionCatalog for Mutant {
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        self.mutation.catalog().list_builds(&self.store).await
    }

    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        self.mutation.catalog().begin_build(&self.store, name, version).await
    }

    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        self.mutation
            .catalog()
            .change_build(&self.store, name, number, change)
            .await
    }

    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        self.mutation.catalog().forget_build(&self.store, name, number).await
    }
}
