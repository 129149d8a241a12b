mod change;
mod list;
mod regroup;
mod show;
mod wait;

use clap::{Args, Subcommand};
use eventstore_core::{EventNumber, StreamSelector, SubscriptionKey, SubscriptionName};

use self::change::Change;
use self::regroup::Regroup;
use self::wait::Wait;
use crate::Connector;
use crate::failure::Failure;
use crate::output::Output;

/// What to do with the stored subscriptions.
#[derive(Args)]
pub(crate) struct Subscriptions {
    /// The stream that is subscribed to [default: any, for a list; else '$all']
    #[arg(long, global = true, value_name = "S")]
    stream: Option<StreamSelector>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Prints how far the subscriptions are; this is the default
    List,
    /// Prints the partitions of a group: how far each is, and which process holds it
    Show {
        /// The name of the group
        name: SubscriptionName,
    },
    /// Deletes a subscription, which begins again if it is used again
    Delete {
        /// The name of the subscription
        name: SubscriptionName,
        #[command(flatten)]
        force: Force,
    },
    /// Makes a subscription continue after this position
    Set {
        /// The name of the subscription
        name: SubscriptionName,
        /// The number of the last event that counts as acknowledged
        #[arg(allow_negative_numbers = true)]
        position: EventNumber,
        #[command(flatten)]
        force: Force,
    },
    /// Changes the partitions, the ordering key or the retry policy of a group that no process runs
    Regroup(Regroup),
    /// Waits until a subscription has acknowledged an event, in whichever process it runs
    Wait(Wait),
}

#[derive(Args)]
struct Force {
    /// Makes the change even if another process runs the subscription, or the position is beyond the end of the stream
    #[arg(long)]
    force: bool,
}

impl Subscriptions {
    /// Runs the command.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let change = match self.action {
            None | Some(Action::List) => return list::run(self.stream, connector, output).await,
            Some(Action::Show { name }) => return show::run(&key(self.stream, name), connector, output).await,
            Some(Action::Regroup(regroup)) => {
                let key = key(self.stream, regroup.name.clone());
                return regroup.run(&key, connector, &output).await;
            }
            Some(Action::Delete { name, force }) => Change {
                key: key(self.stream, name),
                checkpoint: None,
                is_forced: force.force,
            },
            Some(Action::Set { name, position, force }) => Change {
                key: key(self.stream, name),
                checkpoint: Some(position),
                is_forced: force.force,
            },
            Some(Action::Wait(wait)) => {
                let key = key(self.stream, wait.name.clone());
                return wait.run(&key, connector, &output).await;
            }
        };
        change.run(connector, &output).await
    }
}

fn key(stream: Option<StreamSelector>, name: SubscriptionName) -> SubscriptionKey {
    SubscriptionKey {
        selector: stream.unwrap_or(StreamSelector::All),
        name,
    }
}
