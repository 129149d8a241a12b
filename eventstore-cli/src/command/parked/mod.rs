mod exec;
mod replay;
mod which;

use clap::{Args, Subcommand};
use eventstore_core::EventStore;

pub(super) use self::exec::Exec;
use self::replay::Replay;
use self::which::{Selected, Which};
use super::Confirmation;
use crate::failure::Failure;
use crate::output::{Output, ParkedRow};
use crate::{Connector, Purpose};

/// What to do with parked events.
#[derive(Args)]
pub(crate) struct Parked {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Prints which events are parked, and why
    List(Which),
    /// Prints the parked events whole, and why they are parked
    Show(Which),
    /// Runs a command with each parked event on its standard input, and ends the parking of each for which it exits with 0
    Replay {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        exec: Exec,
    },
    /// Ends the parking of events without dealing with them
    Discard {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        confirmation: Confirmation,
    },
}

impl Parked {
    /// Runs the command.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        match self.action {
            Action::List(which) => list(&which.select(&connect(connector).await?).await?, output),
            Action::Show(which) => show(&connect(connector).await?, which, output).await,
            Action::Replay { which, exec } => Replay::run(&connect(connector).await?, which, &exec, output).await,
            Action::Discard { which, confirmation } => {
                confirmation.demand("discards parked events: nothing deals with them any more")?;
                discard(&connect(connector).await?, which, &output).await
            }
        }
    }
}

async fn connect<C: Connector>(connector: &C) -> Result<C::Store, Failure> {
    connector.connect(Purpose::Calls).await
}

fn list(selected: &Selected, mut output: Output) -> Result<(), Failure> {
    output.rows(selected.events.iter().map(ParkedRow::from))?;
    output.flush()
}

async fn show(store: &impl EventStore, which: Which, mut output: Output) -> Result<(), Failure> {
    let selected = which.select(store).await?;
    for parked in &selected.events {
        if let Some(event) = selected.find(store, parked).await? {
            output.parked_event(parked, &event)?;
        }
    }
    output.flush()
}

async fn discard(store: &impl EventStore, which: Which, output: &Output) -> Result<(), Failure> {
    let selected = which.select(store).await?;
    let mut discarded = 0_u64;
    for parked in &selected.events {
        discarded += u64::from(store.unpark(selected.id, parked.number).await?);
    }
    output.note(&format!("parked events discarded: {discarded}"));
    Ok(())
}
