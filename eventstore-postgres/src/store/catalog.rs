use async_trait::async_trait;
use eventstore_core::{BuildChange, BuildNumber, ProjectionBuild, ProjectionCatalog, ProjectionName, Result};

use crate::PostgresStore;
use crate::store::sessions::Sessions;

#[async_trait]
impl ProjectionCatalog for PostgresStore {
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        let call = async { self.session().await?.list_builds(None).await };
        self.label().observed("list_builds", call).await
    }

    async fn builds_of(&self, name: &ProjectionName) -> Result<Vec<ProjectionBuild>> {
        let call = async { self.session().await?.list_builds(Some(name)).await };
        self.label().observed("builds_of", call).await
    }

    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        let call = async { self.session_for_change().await?.begin_build(name, version).await };
        self.label().observed("begin_build", call).await
    }

    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let call = async {
            self.session_for_change()
                .await?
                .change_build(name, number, change)
                .await
        };
        self.label().observed("change_build", call).await
    }

    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        let call = async { self.session_for_change().await?.forget_build(name, number).await };
        self.label().observed("forget_build", call).await
    }
}
