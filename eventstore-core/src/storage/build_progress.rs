use std::time::Duration;

use super::{ProjectionCatalog, StreamDirectory, SubscriptionAdmin};
use crate::{BuildStage, Error, EventNumber, ProjectionBuild, ProjectionName, Result, StreamSelector, Timestamp};

/// How far a build has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildProgress {
    /// The build.
    pub build: ProjectionBuild,
    /// The number up to which events are projected; of a build in partitions, the lowest of theirs.
    pub position: EventNumber,
    /// The number that it has to reach: the position of the live build while it is building beside one, otherwise the number of the last event.
    pub target: EventNumber,
}

impl BuildProgress {
    /// Whether the build has come as far as what is read now.
    pub fn has_caught_up(&self) -> bool {
        self.position >= self.target
    }

    /// Returns how long the build takes from now on if it goes on as fast as until now; `None` if that is not known.
    ///
    /// A build that was paused seems slower than it is.
    pub fn estimate(&self, now: Timestamp) -> Option<Duration> {
        let left = self.target.distance_from(self.position);
        let passed = now.unix_micros().checked_sub(self.build.created_at.unix_micros())?;
        let micros = u128::try_from(passed)
            .ok()?
            .checked_mul(left.into())?
            .checked_div(self.position.get().into())?;
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

/// Returns how far each build of a projection has come, ordered by number.
///
/// # Errors
///
/// - [`ProjectionNotFound`](Error::ProjectionNotFound) if the projection has no build
/// - the errors that every call may have
pub async fn projection_progress<B>(store: &B, name: &ProjectionName) -> Result<Vec<BuildProgress>>
where
    B: ProjectionCatalog + SubscriptionAdmin + StreamDirectory + ?Sized,
{
    let builds = store.builds_of(name).await?;
    if builds.is_empty() {
        return Err(Error::ProjectionNotFound { name: name.clone() });
    }
    let head = EventNumber::from(store.stream_info(&StreamSelector::All).await?.version);
    let mut live = None;
    for build in builds.iter().filter(|build| build.stage == BuildStage::Live) {
        live = Some(position(store, build).await?);
    }
    let mut progress = Vec::new();
    for build in builds {
        let position = position(store, &build).await?;
        let target = match (build.stage, live) {
            (BuildStage::Building, Some(live)) => live,
            _ => head,
        };
        progress.push(BuildProgress {
            build,
            position,
            target,
        });
    }
    Ok(progress)
}

/// A build whose subscription has not begun yet is at the beginning.
async fn position<B>(store: &B, build: &ProjectionBuild) -> Result<EventNumber>
where
    B: SubscriptionAdmin + ?Sized,
{
    match store.subscription_info(&build.name.subscription(build.number)).await {
        Ok(info) => Ok(info.record.checkpoint),
        Err(Error::SubscriptionNotFound { .. }) => Ok(EventNumber::ZERO),
        Err(error) => Err(error),
    }
}
