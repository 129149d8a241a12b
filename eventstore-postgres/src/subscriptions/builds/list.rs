use eventstore_core::{ProjectionBuild, ProjectionName, Result};

use super::decode;
use crate::connection::Session;
use crate::error::reading;

impl Session<'_> {
    /// Lists the builds of this projection, or of all.
    pub(crate) async fn list_builds(&mut self, name: Option<&ProjectionName>) -> Result<Vec<ProjectionBuild>> {
        if !self.projections().can_read {
            return Ok(Vec::new());
        }
        let query = self.statements().list_builds.query();
        let query = query.bind(name.map(ProjectionName::as_str));
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode).collect()
    }
}
