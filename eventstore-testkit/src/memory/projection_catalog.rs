use eventstore_core::backend::ProjectionBuilds;
use eventstore_core::{BuildChange, BuildNumber, Error, ProjectionBuild, ProjectionName, Result, Timestamp};

use super::state::State;

impl State {
    pub(super) fn list_builds(&self) -> Vec<ProjectionBuild> {
        self.projections
            .values()
            .flat_map(|projection| projection.builds.clone())
            .collect()
    }

    pub(super) fn begin_build(
        &mut self,
        name: &ProjectionName,
        version: u32,
        now: Timestamp,
    ) -> Result<ProjectionBuild> {
        let projection = self.projections.entry(name.clone());
        projection
            .or_insert_with(|| ProjectionBuilds::new(name.clone()))
            .begin(version, now)
    }

    pub(super) fn change_build(
        &mut self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
        now: Timestamp,
    ) -> Result<ProjectionBuild> {
        let projection = self.projections.get_mut(name);
        let not_found = || Error::ProjectionNotFound { name: name.clone() };
        projection.ok_or_else(not_found)?.change(number, change, now)
    }

    pub(super) fn forget_build(&mut self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        self.projections
            .get_mut(name)
            .map_or(Ok(()), |projection| projection.forget(number))
    }
}
