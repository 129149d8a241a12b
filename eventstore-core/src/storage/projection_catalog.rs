use async_trait::async_trait;

use crate::{BuildChange, BuildNumber, Error, ProjectionBuild, ProjectionName, Result};

/// Keeps the builds of managed projections.
///
/// A storage need not keep them: as the methods are given here, it keeps none.
///
/// # Contract
///
/// - At most one build of a projection is building, and at most one is live.
/// - A change is made to the build as it is then, and all at once: no one sees two live builds, or none between two.
/// - Numbers of builds ascend, and are never used again, also after the builds are forgotten.
#[async_trait]
pub trait ProjectionCatalog: Send + Sync {
    /// Lists every build, ordered by the projection's name in byte order, then by number.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](Error::Unavailable), [`TimedOut`](Error::TimedOut),
    /// [`AccessDenied`](Error::AccessDenied), [`StoreClosed`](Error::StoreClosed) and [`Storage`](Error::Storage).
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        Ok(Vec::new())
    }

    /// Lists the builds of one projection, ordered by number; none if it is not known.
    ///
    /// # Errors
    ///
    /// As [`list_builds`](Self::list_builds).
    async fn builds_of(&self, name: &ProjectionName) -> Result<Vec<ProjectionBuild>> {
        let all = self.list_builds().await?;
        Ok(all.into_iter().filter(|build| build.name == *name).collect())
    }

    /// Begins a build with this version of the projection, or returns the one that is building already.
    ///
    /// A build that is building for an earlier version is cancelled first. If the future is dropped, the build may have begun.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](Error::InvalidInput) naming `projection` if the storage keeps no projections
    /// - [`OutcomeUnknown`](Error::OutcomeUnknown), after which the same call settles the outcome
    /// - as [`list_builds`](Self::list_builds)
    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        let _ = (name, version);
        Err(Error::invalid_input("projection", "this storage keeps no projections"))
    }

    /// Changes a build, and returns it as it is then.
    ///
    /// If the future is dropped, the change may have been made.
    ///
    /// # Errors
    ///
    /// - [`ProjectionNotFound`](Error::ProjectionNotFound) if there is no such build
    /// - [`InvalidInput`](Error::InvalidInput) naming `change` if a build at its stage cannot be changed so
    /// - [`OutcomeUnknown`](Error::OutcomeUnknown), after which [`builds_of`](Self::builds_of) tells the outcome
    /// - as [`list_builds`](Self::list_builds)
    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        let _ = (number, change);
        Err(Error::ProjectionNotFound { name: name.clone() })
    }

    /// Forgets a retired build; nothing happens if there is no such build.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](Error::InvalidInput) naming `build` if it is not retired
    /// - [`OutcomeUnknown`](Error::OutcomeUnknown), after which the same call settles the outcome
    /// - as [`list_builds`](Self::list_builds)
    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        let _ = (name, number);
        Ok(())
    }
}
