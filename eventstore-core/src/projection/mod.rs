mod build;
mod builds;
mod name;

pub use build::{BuildChange, BuildNumber, BuildStage, BuildState, ProjectionBuild, ProjectionFailure};
pub use builds::ProjectionBuilds;
pub use name::{InvalidProjectionName, ProjectionName};
