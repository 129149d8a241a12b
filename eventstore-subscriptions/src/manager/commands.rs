use eventstore_core::{
    BuildChange, BuildNumber, BuildStage, Error, ProjectionBuild, ProjectionCatalog, ProjectionName, Result,
    StreamDirectory, SubscriptionAdmin, projection_progress,
};

/// Returns the build of a projection that is read; `None` if none is live yet.
///
/// # Errors
///
/// The errors that every call may have.
pub async fn live_build<B>(store: &B, name: &ProjectionName) -> Result<Option<BuildNumber>>
where
    B: ProjectionCatalog + ?Sized,
{
    let builds = store.builds_of(name).await?;
    Ok(find(&builds, BuildStage::Live).map(|build| build.number))
}

/// Begins a new build of the highest version of which there is a build; a process that runs the manager with that version projects it. If one is
/// building already, returns that one and begins none.
///
/// # Errors
///
/// - [`ProjectionNotFound`](Error::ProjectionNotFound) if the projection has no build
/// - the errors of [`ProjectionCatalog::begin_build`]
pub async fn rebuild_projection<B>(store: &B, name: &ProjectionName) -> Result<ProjectionBuild>
where
    B: ProjectionCatalog + ?Sized,
{
    let builds = store.builds_of(name).await?;
    let latest = builds.iter().max_by_key(|build| build.version);
    let version = latest.ok_or_else(|| not_found(name))?.version;
    store.begin_build(name, version).await
}

/// Makes the build that is building the live one.
///
/// # Errors
///
/// - [`ProjectionNotFound`](Error::ProjectionNotFound) if no build is building
/// - [`InvalidInput`](Error::InvalidInput) naming `change` if it has not caught up, or is paused or failed
/// - the errors of [`ProjectionCatalog::change_build`]
pub async fn promote_projection<B>(store: &B, name: &ProjectionName) -> Result<ProjectionBuild>
where
    B: ProjectionCatalog + SubscriptionAdmin + StreamDirectory + ?Sized,
{
    let progress = projection_progress(store, name).await?;
    let building = progress
        .iter()
        .find(|progress| progress.build.stage == BuildStage::Building);
    let building = building.ok_or_else(|| not_found(name))?;
    if !building.has_caught_up() {
        return Err(Error::invalid_input(
            "change",
            &format!(
                "build {} of {name} has not caught up: it is at event {} of {}",
                building.build.number, building.position, building.target
            ),
        ));
    }
    store
        .change_build(name, building.build.number, &BuildChange::Promote)
        .await
}

/// Gives up the build that is building.
///
/// # Errors
///
/// - [`ProjectionNotFound`](Error::ProjectionNotFound) if no build is building
/// - the errors of [`ProjectionCatalog::change_build`]
pub async fn cancel_rebuild<B>(store: &B, name: &ProjectionName) -> Result<ProjectionBuild>
where
    B: ProjectionCatalog + ?Sized,
{
    let builds = store.builds_of(name).await?;
    let building = find(&builds, BuildStage::Building).ok_or_else(|| not_found(name))?;
    store.change_build(name, building.number, &BuildChange::Cancel).await
}

/// Pauses the builds of a projection that are in use, until they are resumed.
///
/// # Errors
///
/// - [`ProjectionNotFound`](Error::ProjectionNotFound) if no build is in use
/// - the errors of [`ProjectionCatalog::change_build`]
pub async fn pause_projection<B>(store: &B, name: &ProjectionName) -> Result<Vec<ProjectionBuild>>
where
    B: ProjectionCatalog + ?Sized,
{
    change_all(store, name, &BuildChange::Pause).await
}

/// Lets the builds of a projection go on, after a pause or a failure.
///
/// # Errors
///
/// As [`pause_projection`].
pub async fn resume_projection<B>(store: &B, name: &ProjectionName) -> Result<Vec<ProjectionBuild>>
where
    B: ProjectionCatalog + ?Sized,
{
    change_all(store, name, &BuildChange::Resume).await
}

async fn change_all<B>(store: &B, name: &ProjectionName, change: &BuildChange) -> Result<Vec<ProjectionBuild>>
where
    B: ProjectionCatalog + ?Sized,
{
    let builds = store.builds_of(name).await?;
    let mut changed = Vec::new();
    for build in builds.iter().filter(|build| build.stage != BuildStage::Retired) {
        changed.push(store.change_build(name, build.number, change).await?);
    }
    if changed.is_empty() {
        return Err(not_found(name));
    }
    Ok(changed)
}

fn find(builds: &[ProjectionBuild], stage: BuildStage) -> Option<&ProjectionBuild> {
    builds.iter().find(|build| build.stage == stage)
}

fn not_found(name: &ProjectionName) -> Error {
    Error::ProjectionNotFound { name: name.clone() }
}
