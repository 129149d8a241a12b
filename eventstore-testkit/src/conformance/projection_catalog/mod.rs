//! The builds of managed projections.

mod beginning;
mod changing;
mod closing;
mod forgetting;
mod listing;
mod promoting;

pub use beginning::*;
pub use changing::*;
pub use closing::*;
pub use forgetting::*;
pub use listing::*;
pub use promoting::*;

use eventstore_core::{
    BuildChange, BuildNumber, BuildState, EventNumber, ProjectionBuild, ProjectionName, Result, StatusText,
};

use super::Backend;

/// The name of the projection that a case is about.
fn totals() -> ProjectionName {
    named("totals")
}

fn named(name: &str) -> ProjectionName {
    ProjectionName::new(name).unwrap()
}

fn nth(number: u32) -> BuildNumber {
    BuildNumber::new(number).unwrap()
}

fn failure(number: Option<EventNumber>, message: &str) -> BuildChange {
    BuildChange::Fail {
        number,
        message: StatusText::new(message),
    }
}

/// Begins a build of [`totals`], or finds the one that is building.
async fn begin(store: &dyn Backend, version: u32) -> ProjectionBuild {
    store.begin_build(&totals(), version).await.unwrap()
}

async fn try_change(store: &dyn Backend, number: u32, change: &BuildChange) -> Result<ProjectionBuild> {
    store.change_build(&totals(), nth(number), change).await
}

async fn change(store: &dyn Backend, number: u32, change: &BuildChange) -> ProjectionBuild {
    try_change(store, number, change).await.unwrap()
}

async fn promote(store: &dyn Backend, number: u32) -> ProjectionBuild {
    change(store, number, &BuildChange::Promote).await
}

async fn forget(store: &dyn Backend, number: u32) -> Result<()> {
    store.forget_build(&totals(), nth(number)).await
}

/// The builds of [`totals`], the only projection of the store.
async fn builds(store: &dyn Backend) -> Vec<ProjectionBuild> {
    let builds = store.builds_of(&totals()).await.unwrap();
    assert_eq!(store.list_builds().await.unwrap(), builds);
    builds
}

/// What the builds of [`totals`] are doing, by their numbers.
async fn states(store: &dyn Backend) -> Vec<(u32, BuildState)> {
    let builds = builds(store).await;
    let states = builds.iter().map(|build| (build.number.get(), build.state()));
    states.collect()
}
