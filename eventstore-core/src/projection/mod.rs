mod build;
mod name;

pub use build::{BuildChange, BuildNumber, BuildStage, BuildState, ProjectionBuild, ProjectionFailure};
pub use name::{InvalidProjectionName, ProjectionName};
