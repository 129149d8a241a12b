use async_trait::async_trait;
use eventstore_core::{BuildChange, BuildNumber, ProjectionBuild, ProjectionCatalog, ProjectionName, Result};

use crate::SqliteStore;

#[async_trait]
impl ProjectionCatalog for SqliteStore {
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        let call = self.database().list_builds(None);
        self.database().label().observed("list_builds", call).await
    }

    async fn builds_of(&self, name: &ProjectionName) -> Result<Vec<ProjectionBuild>> {
        let call = self.database().list_builds(Some(name));
        self.database().label().observed("builds_of", call).await
    }

    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        let call = self.database().begin_build(name, version);
        self.database().label().observed("begin_build", call).await
    }

    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let call = self.database().change_build(name, number, change);
        self.database().label().observed("change_build", call).await
    }

    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        let call = self.database().forget_build(name, number);
        self.database().label().observed("forget_build", call).await
    }
}
