use crate::{
    BuildChange, BuildNumber, BuildStage, Error, ProjectionBuild, ProjectionFailure, ProjectionName, Result, Timestamp,
};

/// The builds of one projection, and what may become of them: every storage decides the same.
///
/// A storage loads it, lets it decide, and stores it again in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionBuilds {
    /// The name of the projection.
    pub name: ProjectionName,
    /// The number of the last build that was begun, if there was one.
    pub last: Option<BuildNumber>,
    /// The builds that are not forgotten, ordered by number.
    pub builds: Vec<ProjectionBuild>,
}

impl ProjectionBuilds {
    /// Creates a projection that has no build yet.
    pub fn new(name: ProjectionName) -> Self {
        Self {
            name,
            last: None,
            builds: Vec::new(),
        }
    }

    /// Begins a build with this version, or returns the one that is building already. One that is building for an earlier version is cancelled.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if there are no more numbers.
    pub fn begin(&mut self, version: u32, now: Timestamp) -> Result<ProjectionBuild> {
        if let Some(building) = self.find(BuildStage::Building) {
            if building.version >= version {
                return Ok(building.clone());
            }
            building.set_stage(BuildStage::Retired, now);
        }
        let next = self.last.map_or(1, |last| last.get().saturating_add(1));
        let number = BuildNumber::new(next).filter(|number| Some(*number) > self.last);
        let build = ProjectionBuild {
            name: self.name.clone(),
            number: number.ok_or_else(|| Error::storage("there are no more numbers of builds", "overflow"))?,
            version,
            stage: BuildStage::Building,
            is_paused: false,
            failure: None,
            created_at: now,
            stage_since: now,
        };
        self.last = number;
        self.builds.push(build.clone());
        Ok(build)
    }

    /// Changes a build, and returns it as it is then.
    ///
    /// # Errors
    ///
    /// - [`Error::ProjectionNotFound`] if there is no such build
    /// - [`Error::InvalidInput`] naming `change` if a build at its stage, or in its state, cannot be changed so
    pub fn change(&mut self, number: BuildNumber, change: &BuildChange, now: Timestamp) -> Result<ProjectionBuild> {
        let not_found = Error::ProjectionNotFound {
            name: self.name.clone(),
        };
        let build = self
            .builds
            .iter()
            .find(|build| build.number == number)
            .ok_or(not_found)?;
        build.check(change)?;
        if *change == BuildChange::Promote
            && let Some(live) = self.find(BuildStage::Live)
        {
            live.set_stage(BuildStage::Retired, now);
        }
        let mut changed = self.builds.iter_mut().filter(|build| build.number == number);
        let build = changed.next().ok_or_else(|| Error::ProjectionNotFound {
            name: self.name.clone(),
        })?;
        build.apply(change, now);
        Ok(build.clone())
    }

    /// Forgets a retired build; nothing happens if there is no such build.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `build` if it is not retired.
    pub fn forget(&mut self, number: BuildNumber) -> Result<()> {
        let found = self.builds.iter().find(|build| build.number == number);
        if found.is_some_and(|build| build.stage != BuildStage::Retired) {
            return Err(Error::invalid_input("build", "only a retired build can be forgotten"));
        }
        self.builds.retain(|build| build.number != number);
        Ok(())
    }

    fn find(&mut self, stage: BuildStage) -> Option<&mut ProjectionBuild> {
        self.builds.iter_mut().find(|build| build.stage == stage)
    }
}

impl ProjectionBuild {
    fn check(&self, change: &BuildChange) -> Result<()> {
        let refused = |reason: String| Err(Error::invalid_input("change", &reason));
        let number = self.number;
        match (change, self.stage) {
            (_, BuildStage::Retired) => refused(format!("build {number} is retired")),
            (BuildChange::Promote | BuildChange::Cancel, BuildStage::Live) => {
                refused(format!("build {number} is live"))
            }
            (BuildChange::Promote, BuildStage::Building) if self.is_paused => {
                refused(format!("build {number} is paused"))
            }
            (BuildChange::Promote, BuildStage::Building) if self.failure.is_some() => {
                refused(format!("build {number} has failed"))
            }
            _ => Ok(()),
        }
    }

    fn apply(&mut self, change: &BuildChange, now: Timestamp) {
        match change {
            BuildChange::Pause => self.is_paused = true,
            BuildChange::Resume => {
                self.is_paused = false;
                self.failure = None;
            }
            BuildChange::Fail { number, message } => {
                self.failure = Some(ProjectionFailure {
                    number: *number,
                    message: message.clone(),
                    at: now,
                });
            }
            BuildChange::Promote => self.set_stage(BuildStage::Live, now),
            BuildChange::Cancel => self.set_stage(BuildStage::Retired, now),
        }
    }

    fn set_stage(&mut self, stage: BuildStage, now: Timestamp) {
        self.stage = stage;
        self.stage_since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BuildState;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
    }

    fn projection() -> ProjectionBuilds {
        ProjectionBuilds::new(ProjectionName::new("totals").unwrap())
    }

    fn number(number: u32) -> BuildNumber {
        BuildNumber::new(number).unwrap()
    }

    fn states(builds: &ProjectionBuilds) -> Vec<(u32, BuildState)> {
        builds
            .builds
            .iter()
            .map(|build| (build.number.get(), build.state()))
            .collect()
    }

    fn is_refused(result: &Result<ProjectionBuild>) -> bool {
        matches!(result, Err(Error::InvalidInput { argument: "change", .. }))
    }

    #[test]
    fn a_build_is_promoted_in_the_place_of_the_live_one() {
        let mut builds = projection();
        assert_eq!(builds.begin(1, at(1)).unwrap().number, BuildNumber::FIRST);
        builds.change(number(1), &BuildChange::Promote, at(2)).unwrap();
        assert_eq!(builds.begin(1, at(3)).unwrap().number, number(2));
        assert_eq!(
            builds.begin(1, at(4)).unwrap().number,
            number(2),
            "it is building already"
        );
        assert_eq!(states(&builds), [(1, BuildState::Live), (2, BuildState::Building)]);
        let live = builds.change(number(2), &BuildChange::Promote, at(5)).unwrap();
        assert_eq!(
            (live.state(), live.stage_since, live.created_at),
            (BuildState::Live, at(5), at(3))
        );
        assert_eq!(states(&builds), [(1, BuildState::Retired), (2, BuildState::Live)]);
        assert_eq!(builds.builds[0].stage_since, at(5));
    }

    #[test]
    fn a_later_version_takes_the_place_of_what_is_building() {
        let mut builds = projection();
        builds.begin(2, at(1)).unwrap();
        assert_eq!(builds.begin(1, at(2)).unwrap().version, 2);
        assert_eq!(builds.begin(3, at(2)).unwrap().number, number(2));
        assert_eq!(states(&builds), [(1, BuildState::Retired), (2, BuildState::Building)]);
    }

    #[test]
    fn a_pause_and_a_failure_end_with_a_resume() {
        let mut builds = projection();
        builds.begin(1, at(1)).unwrap();
        let failed = BuildChange::Fail {
            number: Some(7_u32.into()),
            message: "no".into(),
        };
        assert_eq!(
            builds.change(number(1), &failed, at(2)).unwrap().state(),
            BuildState::Failed
        );
        assert!(is_refused(&builds.change(number(1), &BuildChange::Promote, at(3))));
        assert_eq!(
            builds.change(number(1), &BuildChange::Pause, at(3)).unwrap().state(),
            BuildState::Paused
        );
        assert!(is_refused(&builds.change(number(1), &BuildChange::Promote, at(3))));
        let resumed = builds.change(number(1), &BuildChange::Resume, at(4)).unwrap();
        assert_eq!((resumed.state(), resumed.failure), (BuildState::Building, None));
    }

    #[test]
    fn what_cannot_be_done_changes_nothing() {
        let mut builds = projection();
        builds.begin(1, at(1)).unwrap();
        builds.change(number(1), &BuildChange::Promote, at(2)).unwrap();
        builds.begin(1, at(3)).unwrap();
        builds.change(number(2), &BuildChange::Cancel, at(4)).unwrap();
        let before = builds.clone();
        for (build, change) in [
            (1, BuildChange::Promote),
            (1, BuildChange::Cancel),
            (2, BuildChange::Resume),
        ] {
            assert!(is_refused(&builds.change(number(build), &change, at(5))), "{change:?}");
        }
        let unknown = builds.change(number(3), &BuildChange::Pause, at(5));
        assert!(matches!(unknown, Err(Error::ProjectionNotFound { .. })));
        assert!(matches!(
            builds.forget(number(1)),
            Err(Error::InvalidInput { argument: "build", .. })
        ));
        assert_eq!(builds, before);
    }

    #[test]
    fn a_forgotten_build_leaves_its_number() {
        let mut builds = projection();
        builds.begin(1, at(1)).unwrap();
        builds.change(number(1), &BuildChange::Cancel, at(2)).unwrap();
        builds.forget(number(1)).unwrap();
        builds.forget(number(1)).unwrap();
        assert_eq!(builds.builds, []);
        assert_eq!(builds.begin(1, at(3)).unwrap().number, number(2));
    }
}
