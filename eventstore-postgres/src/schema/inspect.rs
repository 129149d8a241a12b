use eventstore_core::{Error, Result};
use sqlx::{PgConnection, Row};

use crate::error::reading;
use crate::schema::{DataType, Layout, SchemaName};
use crate::statements::{self, Statements};

/// The version of the `compact` tables that this library works on.
const VERSION: i32 = 1;

/// What stands in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing that an event store would collide with.
    Nothing,
    /// An event store that this library works on.
    Store { layout: Layout, data_type: DataType },
}

/// Looks what stands in a schema; refuses what is neither empty nor an event store of a known layout.
pub(crate) async fn inspect(connection: &mut PgConnection, schema: &SchemaName) -> Result<Found> {
    let row = sqlx::query(statements::INSPECT)
        .bind(schema.quoted())
        .fetch_one(&mut *connection)
        .await
        .map_err(reading)?;
    let has = |column: &str| row.try_get::<bool, _>(column).map_err(reading);
    if has("has_layout")? {
        return read_layout(connection, schema).await;
    }
    if has("has_original")? {
        return Err(refusal(
            schema,
            "holds an event store in the `original` layout, which this version does not read",
        ));
    }
    if has("has_foreign_tables")? {
        return Err(refusal(
            schema,
            "holds tables of another application: choose another schema",
        ));
    }
    Ok(Found::Nothing)
}

async fn read_layout(connection: &mut PgConnection, schema: &SchemaName) -> Result<Found> {
    let row = sqlx::query(Statements::once(statements::LAYOUT, schema))
        .fetch_optional(connection)
        .await
        .map_err(reading)?
        .ok_or_else(|| refusal(schema, "holds an event store whose description is missing"))?;
    let version: i32 = row.try_get("version").map_err(reading)?;
    let layout: &str = row.try_get("layout").map_err(reading)?;
    let data_type: &str = row.try_get("data_type").map_err(reading)?;
    match (version, layout, data_type) {
        (VERSION, "compact", "bytea") => Ok(Found::Store {
            layout: Layout::Compact,
            data_type: DataType::Bytea,
        }),
        _ => Err(refusal(
            schema,
            &format!(
                "holds an event store of version {version} in the layout {layout} ({data_type}), which this version does not know"
            ),
        )),
    }
}

fn refusal(schema: &SchemaName, what: &str) -> Error {
    Error::NotInitialised {
        message: format!("the schema {schema:?} {what}", schema = schema.as_str()),
    }
}
