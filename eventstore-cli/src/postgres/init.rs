use eventstore_postgres::{Creation, DataType, Layout, PostgresAdmin};

use crate::by_url::{DataTypeName, Init, LayoutName};
use crate::failure::Failure;
use crate::output::Output;

/// Makes the event store.
pub(super) async fn run(admin: &PostgresAdmin, init: &Init, output: &Output) -> Result<(), Failure> {
    let layout = init.layout.unwrap_or_default().into();
    let data_type = init.data_type.unwrap_or_default().into();
    output.note(match admin.initialize(layout, data_type).await? {
        Creation::Created => "the event store was initialized",
        Creation::AlreadyExisted => "the event store was initialized already; nothing was changed",
    });
    Ok(())
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Compact => Self::Compact,
            LayoutName::Original => Self::Original,
        }
    }
}

impl From<DataTypeName> for DataType {
    fn from(name: DataTypeName) -> Self {
        match name {
            DataTypeName::Bytea => Self::Bytea,
            DataTypeName::Jsonb => Self::Jsonb,
        }
    }
}
