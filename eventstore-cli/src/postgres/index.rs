use eventstore_postgres::{CorrelationIndex, Creation, PostgresAdmin, Removal};
use serde::Serialize;

use crate::Failure;
use crate::by_url::{Index, IndexName};
use crate::output::{Output, TableRow};

#[derive(Serialize)]
struct IndexRow {
    index: &'static str,
    state: &'static str,
}

impl TableRow for IndexRow {
    const HEAD: &'static [&'static str] = &["INDEX", "STATE"];

    fn cells(&self) -> Vec<String> {
        vec![self.index.to_owned(), self.state.to_owned()]
    }
}

/// Lists, creates or drops the index.
pub(super) async fn run(admin: &PostgresAdmin, index: Index, output: &mut Output) -> Result<(), Failure> {
    match index {
        Index::List => list(admin, output).await,
        Index::Create {
            index: IndexName::Correlation,
        } => create(admin, output).await,
        Index::Drop(index) => {
            index.demand_confirmation()?;
            match index.index {
                IndexName::Correlation => drop(admin, output).await,
            }
        }
    }
}

async fn list(admin: &PostgresAdmin, output: &mut Output) -> Result<(), Failure> {
    let state = match admin.correlation_index().await? {
        CorrelationIndex::Absent => "absent",
        CorrelationIndex::Invalid => "invalid",
        CorrelationIndex::Valid => "valid",
    };
    output.rows([IndexRow {
        index: "correlation",
        state,
    }])?;
    output.flush()
}

async fn create(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.create_correlation_index().await? {
        Creation::Created => "the index was created; connect every service again to use it",
        Creation::AlreadyExisted => "the index existed already; nothing was changed",
    });
    Ok(())
}

async fn drop(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop_correlation_index().await? {
        Removal::Removed => "the index was dropped",
        Removal::WasAbsent => "there was no such index; nothing was changed",
    });
    Ok(())
}
