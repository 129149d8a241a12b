use eventstore_core::{BuildProgress, BuildState, EventNumber, ProjectionBuild, Timestamp};
use serde::Serialize;

use super::table::TableRow;

/// A build of a projection.
#[derive(Serialize)]
pub(crate) struct BuildRow {
    name: String,
    build: u32,
    version: u32,
    state: String,
    created_at: String,
    /// Nothing if it has not failed.
    failure: Option<Failure>,
}

/// How far a build of a projection is.
#[derive(Serialize)]
pub(crate) struct BuildProgressRow {
    #[serde(flatten)]
    build: BuildRow,
    position: u64,
    target: u64,
    /// Nothing if it is not building, or the speed is not known yet.
    seconds_left: Option<u64>,
}

#[derive(Serialize)]
struct Failure {
    /// Nothing if it did not fail at an event.
    number: Option<u64>,
    message: String,
    failed_at: String,
}

impl BuildRow {
    pub(crate) fn new(build: &ProjectionBuild) -> Self {
        let failure = build.failure.as_ref().map(|failure| Failure {
            number: failure.number.map(EventNumber::get),
            message: failure.message.to_string(),
            failed_at: failure.at.to_string(),
        });
        Self {
            name: build.name.to_string(),
            build: build.number.get(),
            version: build.version,
            state: build.state().to_string(),
            created_at: build.created_at.to_string(),
            failure,
        }
    }

    fn failure(&self) -> String {
        match &self.failure {
            Some(Failure {
                number: Some(number),
                message,
                ..
            }) => format!("{number}: {message}"),
            Some(Failure { message, .. }) => message.clone(),
            None => "-".to_owned(),
        }
    }
}

impl BuildProgressRow {
    pub(crate) fn new(progress: &BuildProgress, now: Option<Timestamp>) -> Self {
        let is_building = progress.build.state() == BuildState::Building;
        let left = now.filter(|_| is_building).and_then(|now| progress.estimate(now));
        Self {
            build: BuildRow::new(&progress.build),
            position: progress.position.get(),
            target: progress.target.get(),
            seconds_left: left.map(|left| left.as_secs()),
        }
    }

    fn done(&self) -> String {
        let percent = self
            .position
            .saturating_mul(100)
            .checked_div(self.target)
            .unwrap_or(100);
        format!("{}%", percent.min(100))
    }
}

impl TableRow for BuildRow {
    const HEAD: &'static [&'static str] = &["NAME", "BUILD", "VERSION", "STATE", "CREATED AT", "FAILURE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.build.to_string(),
            self.version.to_string(),
            self.state.clone(),
            self.created_at.clone(),
            self.failure(),
        ]
    }
}

impl TableRow for BuildProgressRow {
    const HEAD: &'static [&'static str] = &[
        "BUILD",
        "VERSION",
        "STATE",
        "POSITION",
        "TARGET",
        "DONE",
        "SECONDS LEFT",
        "FAILURE",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.build.build.to_string(),
            self.build.version.to_string(),
            self.build.state.clone(),
            self.position.to_string(),
            self.target.to_string(),
            self.done(),
            self.seconds_left
                .map_or_else(|| "-".to_owned(), |left| left.to_string()),
            self.build.failure(),
        ]
    }
}
