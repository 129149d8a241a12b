use eventstore_postgres::{Creation, EventIndex, IndexState, PostgresAdmin, Removal};

use crate::Failure;
use crate::by_url::{Index, IndexName, IndexRow};
use crate::output::Output;

/// Lists, creates or drops an index.
pub(super) async fn run(admin: &PostgresAdmin, index: Index, output: &mut Output) -> Result<(), Failure> {
    match index {
        Index::List => list(admin, output).await,
        Index::Create { index } => create(admin, index.into(), output).await,
        Index::Drop(index) => {
            index.demand_confirmation()?;
            drop(admin, index.index.into(), output).await
        }
    }
}

impl From<IndexName> for EventIndex {
    fn from(name: IndexName) -> Self {
        match name {
            IndexName::Correlation => Self::Correlation,
            IndexName::Causation => Self::Causation,
        }
    }
}

async fn list(admin: &PostgresAdmin, output: &mut Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (index, name) in [
        (EventIndex::Correlation, "correlation"),
        (EventIndex::Causation, "causation"),
    ] {
        let state = match admin.index_state(index).await? {
            IndexState::Absent => "absent",
            IndexState::Invalid => "invalid",
            IndexState::Valid => "valid",
        };
        rows.push(IndexRow { index: name, state });
    }
    output.rows(rows)?;
    output.flush()
}

async fn create(admin: &PostgresAdmin, index: EventIndex, output: &Output) -> Result<(), Failure> {
    output.note(match (admin.create_index(index).await?, index) {
        (Creation::Created, EventIndex::Correlation) => {
            "the index was created; connect every service again to use it in filtered reads"
        }
        (Creation::Created, EventIndex::Causation) => "the index was created",
        (Creation::AlreadyExisted, _) => "the index existed already; nothing was changed",
    });
    Ok(())
}

async fn drop(admin: &PostgresAdmin, index: EventIndex, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop_index(index).await? {
        Removal::Removed => "the index was dropped",
        Removal::WasAbsent => "there was no such index; nothing was changed",
    });
    Ok(())
}
