use eventstore_sqlite::{Creation, Removal, SqliteAdmin};

use super::only_postgres::refused_index;
use crate::Failure;
use crate::by_url::{Index, IndexName, IndexRow};
use crate::output::Output;

/// Lists the indexes, or creates or drops the one that a file need not have.
pub(super) async fn run(admin: &SqliteAdmin, index: Index, output: &mut Output) -> Result<(), Failure> {
    match index {
        Index::List => list(admin, output).await,
        Index::Create {
            index: IndexName::Causation,
        } => create(admin, output).await,
        Index::Drop(index) if matches!(index.index, IndexName::Causation) => {
            index.demand_confirmation()?;
            drop(admin, output).await
        }
        Index::Create { .. } | Index::Drop(_) => Err(refused_index()),
    }
}

async fn list(admin: &SqliteAdmin, output: &mut Output) -> Result<(), Failure> {
    let has_causation_index = admin.has_causation_index().await?;
    output.rows([
        IndexRow {
            index: "correlation",
            state: "valid",
        },
        IndexRow {
            index: "causation",
            state: if has_causation_index { "valid" } else { "absent" },
        },
    ])?;
    output.flush()
}

async fn create(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.create_causation_index().await? {
        Creation::Created => "the index was created",
        Creation::AlreadyExisted => "the index existed already; nothing was changed",
    });
    Ok(())
}

async fn drop(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop_causation_index().await? {
        Removal::Removed => "the index was dropped",
        Removal::WasAbsent => "there was no such index; nothing was changed",
    });
    Ok(())
}
