use eventstore_core::{Error, Result};
use sqlx::PgConnection;

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::schema::additions::add_additions;
use crate::schema::{Found, change_schema, inspect, run_script};
use crate::sql::{Statements, scripts};
use crate::values::{DataType, Layout, SchemaName};

/// Whether something had to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creation {
    /// It was created.
    Created,
    /// It already existed.
    AlreadyExisted,
}

/// Does the work of [`PostgresAdmin::initialize`](crate::PostgresAdmin::initialize).
pub(crate) async fn initialize(config: &PostgresConfig, layout: Layout, data_type: DataType) -> Result<Creation> {
    let schema = config.schema();
    change_schema(config, "init", async |connection| {
        let creation = create_unless_found(connection, schema, layout, data_type).await?;
        add_additions(connection, schema, data_type).await?;
        Ok(creation)
    })
    .await
}

async fn create_unless_found(
    connection: &mut PgConnection,
    schema: &SchemaName,
    layout: Layout,
    data_type: DataType,
) -> Result<Creation> {
    match inspect(connection, schema).await? {
        Found::Nothing => create(connection, schema, layout, data_type).await,
        Found::Store {
            layout: found,
            data_type: found_type,
        } => refuse_another_kind(found, layout, found_type, data_type).map(|()| Creation::AlreadyExisted),
    }
}

async fn create(
    connection: &mut PgConnection,
    schema: &SchemaName,
    layout: Layout,
    data_type: DataType,
) -> Result<Creation> {
    refuse_encoding(connection, data_type).await?;
    // The server checks the right to create schemas before it looks whether this one exists.
    let has_schema = sqlx::query_scalar(scripts::HAS_SCHEMA)
        .bind(schema.as_str())
        .persistent(false);
    let has_schema: bool = has_schema.fetch_one(&mut *connection).await.map_err(reading)?;
    if !has_schema {
        run_script(connection, scripts::CREATE_SCHEMA, schema).await?;
    }
    let scripts: &[&str] = match layout {
        Layout::Compact => &scripts::CREATE_COMPACT,
        Layout::Original => &scripts::CREATE_ORIGINAL,
    };
    for script in scripts {
        let script = Statements::creation(script, schema, data_type);
        sqlx::raw_sql(script).execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(Creation::Created)
}

/// In another encoding than UTF-8 the server cannot keep most texts as JSON, and finds that out when they are appended.
async fn refuse_encoding(connection: &mut PgConnection, data_type: DataType) -> Result<()> {
    let encoding: String = sqlx::query_scalar(scripts::ENCODING)
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(reading)?;
    if data_type == DataType::Jsonb && encoding != "UTF8" {
        let reason = format!("jsonb needs a database in the encoding UTF8, and this one is in {encoding}");
        return Err(Error::invalid_input("data_type", &reason));
    }
    Ok(())
}

fn refuse_another_kind(found: Layout, layout: Layout, found_type: DataType, data_type: DataType) -> Result<()> {
    if found != layout {
        return Err(Error::invalid_input(
            "layout",
            &format!("the schema holds a store in the layout {found}"),
        ));
    }
    if found_type != data_type {
        return Err(Error::invalid_input(
            "data_type",
            &format!("the schema holds a store of type {found_type}"),
        ));
    }
    Ok(())
}
