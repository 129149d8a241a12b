mod list;
mod status;

use clap::{Args, Subcommand};
use eventstore_core::{BuildState, ProjectionBuild, ProjectionName};
use eventstore_subscriptions::{
    cancel_rebuild, pause_projection, promote_projection, rebuild_projection, resume_projection,
};

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// What to do with the projections that a manager runs.
#[derive(Args)]
pub(crate) struct Projections {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Prints the builds of all projections; this is the default
    List,
    /// Prints how far each build of a projection is, and how long it will take
    Status(Name),
    /// Begins a new build beside the live one, which takes its place once it has caught up
    Rebuild(Name),
    /// Stops the builds of a projection until they are resumed
    Pause(Name),
    /// Lets the builds of a projection go on, after a pause or a failure
    Resume(Name),
    /// Gives up the build that is not live yet
    Cancel(Name),
    /// Makes the build that has caught up the live one
    Promote(Name),
}

#[derive(Args)]
struct Name {
    /// The name of the projection
    name: ProjectionName,
}

impl Projections {
    /// Runs the command.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let store = connector.connect(Purpose::Calls).await?;
        let changed = match self.action {
            None | Some(Action::List) => return list::run(&store, output).await,
            Some(Action::Status(Name { name })) => return status::run(&store, &name, output).await,
            Some(Action::Rebuild(Name { name })) => vec![rebuild_projection(&store, &name).await?],
            Some(Action::Pause(Name { name })) => pause_projection(&store, &name).await?,
            Some(Action::Resume(Name { name })) => resume_projection(&store, &name).await?,
            Some(Action::Cancel(Name { name })) => vec![cancel_rebuild(&store, &name).await?],
            Some(Action::Promote(Name { name })) => vec![promote_projection(&store, &name).await?],
        };
        for build in changed {
            output.note(&describe(&build));
        }
        Ok(())
    }
}

fn describe(build: &ProjectionBuild) -> String {
    let ProjectionBuild { name, number, .. } = build;
    match build.state() {
        BuildState::Building => format!("build {number} of {name} is building"),
        BuildState::Live => format!("build {number} of {name} is live"),
        BuildState::Paused => format!("build {number} of {name} is paused"),
        BuildState::Failed => format!("build {number} of {name} has failed"),
        BuildState::Retired => format!("build {number} of {name} is retired"),
    }
}
