use eventstore_core::{BuildProgress, BuildState, EventNumber, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A build of a managed projection.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct BuildView {
    /// The name of the projection.
    pub(crate) name: String,
    /// The number of the build.
    pub(crate) build: u32,
    /// The version of the projection that makes it.
    pub(crate) version: u32,
    /// `building`, `live`, `paused`, `failed` or `retired`.
    pub(crate) state: String,
    /// The number up to which events are projected.
    pub(crate) position: u64,
    /// The number that it has to reach.
    pub(crate) target: u64,
    /// How long it takes from now on, while it is building and its speed is known.
    pub(crate) seconds_left: Option<u64>,
    /// The number of the event at which it failed, if it did at one.
    pub(crate) failed_number: Option<u64>,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
    /// When it was begun, as RFC 3339 writes it.
    pub(crate) created_at: String,
}

impl BuildView {
    pub(crate) fn new(progress: &BuildProgress, now: Option<Timestamp>) -> Self {
        let build = &progress.build;
        let is_building = build.state() == BuildState::Building;
        let left = now.filter(|_| is_building).and_then(|now| progress.estimate(now));
        let failure = build.failure.as_ref();
        Self {
            name: build.name.to_string(),
            build: build.number.get(),
            version: build.version,
            state: build.state().to_string(),
            position: progress.position.get(),
            target: progress.target.get(),
            seconds_left: left.map(|left| left.as_secs()),
            failed_number: failure.and_then(|failure| failure.number).map(EventNumber::get),
            failure: failure.map(|failure| failure.message.to_string()),
            created_at: build.created_at.to_string(),
        }
    }
}
