use async_trait::async_trait;
use eventstore_core::{BuildChange, BuildNumber, ProjectionBuild, ProjectionCatalog, ProjectionName, Result};

use super::{Parts, player};
use crate::conformance::Role;

#[async_trait]
impl ProjectionCatalog for Parts {
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        player(self.catalog.as_ref(), Role::Catalog)?.list_builds().await
    }

    async fn builds_of(&self, name: &ProjectionName) -> Result<Vec<ProjectionBuild>> {
        player(self.catalog.as_ref(), Role::Catalog)?.builds_of(name).await
    }

    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        player(self.catalog.as_ref(), Role::Catalog)?
            .begin_build(name, version)
            .await
    }

    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        player(self.catalog.as_ref(), Role::Catalog)?
            .change_build(name, number, change)
            .await
    }

    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        player(self.catalog.as_ref(), Role::Catalog)?
            .forget_build(name, number)
            .await
    }
}
