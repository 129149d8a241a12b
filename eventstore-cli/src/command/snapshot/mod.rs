mod put;

use clap::{Args, Subcommand};
use eventstore_core::{SnapshotStore, StreamName};

use self::put::Put;
use crate::failure::Failure;
use crate::output::{Output, SnapshotLine};
use crate::{Connector, Purpose};

/// What to do with a snapshot.
#[derive(Subcommand)]
pub(crate) enum Snapshot {
    /// Prints the snapshot
    Get(Source),
    /// Records a snapshot in place of an older one
    Put(Put),
    /// Deletes the snapshot, if there is one
    Delete(Source),
}

/// Of what there is a snapshot.
#[derive(Args)]
pub(crate) struct Source {
    /// What the snapshot is of: the name of a stream, or any other text
    id: StreamName,
}

impl Snapshot {
    /// Runs the command.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        match self {
            Self::Get(Source { id }) => get(&id, connector, output).await,
            Self::Put(put) => put.run(connector, &output).await,
            Self::Delete(Source { id }) => delete(&id, connector, &output).await,
        }
    }
}

async fn get<C: Connector>(id: &StreamName, connector: &C, mut output: Output) -> Result<(), Failure> {
    let recorded = connector.connect(Purpose::Calls).await?.read_snapshot(id).await?;
    let recorded = recorded.ok_or_else(|| Failure::NoSnapshot(id.clone()))?;
    output.rows([SnapshotLine(&recorded)])?;
    output.flush()
}

async fn delete<C: Connector>(id: &StreamName, connector: &C, output: &Output) -> Result<(), Failure> {
    connector.connect(Purpose::Calls).await?.delete_snapshot(id).await?;
    output.note("there is no snapshot any more");
    Ok(())
}
