use std::fmt;
use std::num::NonZeroU32;

use crate::{EventNumber, ProjectionName, StatusText, Timestamp};

/// The number of a build of a projection, counted from 1; no two builds of a projection ever have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildNumber(NonZeroU32);

impl BuildNumber {
    /// The number of the first build.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Creates the number of a build; `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Returns the number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for BuildNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuildStage {
    /// It projects the events from the first one on, beside the live build.
    Building,
    /// It is what is read.
    Live,
    /// Another build has taken its place, or it was cancelled: its data can be discarded.
    Retired,
}

/// Why a build does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionFailure {
    /// The number of the event at which it failed, if it is known.
    pub number: Option<EventNumber>,
    /// What went wrong.
    pub message: StatusText,
    /// When it failed.
    pub at: Timestamp,
}

/// A build of a projection: the data that one version of the projection makes of the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionBuild {
    /// The name of the projection.
    pub name: ProjectionName,
    /// The number of the build.
    pub number: BuildNumber,
    /// The version of the projection, as the application counts it, that makes the data.
    pub version: u32,
    /// What the build is for.
    pub stage: BuildStage,
    /// Whether an operator has paused it.
    pub is_paused: bool,
    /// Why it does not go on, if it has failed.
    pub failure: Option<ProjectionFailure>,
    /// When the build was begun.
    pub created_at: Timestamp,
    /// When its stage changed last.
    pub stage_since: Timestamp,
}

/// What a build is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuildState {
    /// It projects, and is not read yet.
    Building,
    /// It projects, and is read.
    Live,
    /// An operator has paused it.
    Paused,
    /// It has failed, and goes on once it is resumed or its program is started again.
    Failed,
    /// It is not used any more.
    Retired,
}

impl ProjectionBuild {
    /// Returns what the build is doing.
    pub fn state(&self) -> BuildState {
        match self.stage {
            BuildStage::Retired => BuildState::Retired,
            _ if self.is_paused => BuildState::Paused,
            _ if self.failure.is_some() => BuildState::Failed,
            BuildStage::Building => BuildState::Building,
            BuildStage::Live => BuildState::Live,
        }
    }
}

impl fmt::Display for BuildState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Building => "building",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Retired => "retired",
        })
    }
}

/// A change of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildChange {
    /// It projects nothing until it is resumed.
    Pause,
    /// It goes on after a pause or a failure.
    Resume,
    /// It does not go on because of this error.
    Fail {
        /// The number of the event at which it failed, if it is known.
        number: Option<EventNumber>,
        /// What went wrong.
        message: StatusText,
    },
    /// It takes the place of the live build, if there is one, which is retired in the same moment. Only what is building can be promoted.
    Promote,
    /// It is given up. Only what is building can be cancelled.
    Cancel,
}
