use eventstore_core::{Error, Result};
use sqlx::{PgConnection, Row};

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::sql::{Statements, scripts};
use crate::values::{DataType, Layout, SchemaName};

/// The version of the `compact` tables, and of what this library adds to the `original` ones.
pub(super) const VERSION: i32 = 2;

/// The version of the `original` tables that this library works on.
const ORIGINAL_VERSION: (i32, i32, i32) = (1, 3, 2);

/// What a schema holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing that an event store would collide with.
    Nothing,
    /// An event store that this library works on.
    Store { layout: Layout, data_type: DataType },
}

/// Determines what a schema holds; refuses a schema that is neither empty nor an event store of a known layout and version.
pub(crate) async fn inspect(connection: &mut PgConnection, schema: &SchemaName) -> Result<Found> {
    inspect_as(connection, schema, Versions::Current).await
}

/// As `inspect`, also of tables that are to be migrated.
pub(crate) async fn inspect_any_version(connection: &mut PgConnection, schema: &SchemaName) -> Result<Found> {
    inspect_as(connection, schema, Versions::Any).await
}

/// Which versions of the tables will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Versions {
    Current,
    Any,
}

async fn inspect_as(connection: &mut PgConnection, schema: &SchemaName, versions: Versions) -> Result<Found> {
    let row = sqlx::query(scripts::INSPECT)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(&mut *connection)
        .await
        .map_err(reading)?;
    let has = |column: &str| row.try_get::<bool, _>(column).map_err(reading);
    if has("has_layout")? {
        return read_layout(connection, schema, versions).await;
    }
    if has("has_original")? {
        return read_original(connection, schema, versions).await;
    }
    if has("has_foreign_tables")? {
        return Err(refusal(
            schema,
            "holds tables of another application: choose another schema",
        ));
    }
    Ok(Found::Nothing)
}

/// The kind of the store that the configured schema must hold.
pub(crate) async fn find_store(connection: &mut PgConnection, config: &PostgresConfig) -> Result<(Layout, DataType)> {
    match inspect(connection, config.schema()).await? {
        Found::Store { layout, data_type } => Ok((layout, data_type)),
        Found::Nothing => Err(not_initialized(config)),
    }
}

pub(crate) fn not_initialized(config: &PostgresConfig) -> Error {
    Error::NotInitialized {
        message: format!(
            "there is no event store in the schema {:?} of the database {:?}: initialize it first",
            config.schema().as_str(),
            config.database()
        ),
    }
}

async fn read_layout(connection: &mut PgConnection, schema: &SchemaName, versions: Versions) -> Result<Found> {
    let row = sqlx::query(Statements::once(scripts::LAYOUT, schema))
        .persistent(false)
        .fetch_optional(&mut *connection)
        .await
        .map_err(reading)?
        .ok_or_else(|| refusal(schema, "holds an event store whose description is missing"))?;
    let version: i32 = row.try_get("version").map_err(reading)?;
    let layout: &str = row.try_get("layout").map_err(reading)?;
    let data_type: &str = row.try_get("data_type").map_err(reading)?;
    refuse_own_version(schema, versions, version, layout)?;
    match (layout, DataType::named(data_type)) {
        ("compact", Some(data_type)) => Ok(Found::Store {
            layout: Layout::Compact,
            data_type,
        }),
        ("original", _) => read_original(connection, schema, versions).await,
        _ => Err(refusal(
            schema,
            &format!(
                "holds an event store of version {version} in the layout {layout} ({data_type}), which this version does not know"
            ),
        )),
    }
}

fn refuse_own_version(schema: &SchemaName, versions: Versions, version: i32, layout: &str) -> Result<()> {
    let remedy = match version {
        VERSION => return Ok(()),
        ..VERSION if versions == Versions::Any => return Ok(()),
        ..VERSION => "migrate it first",
        _ => "use a later version of this library",
    };
    let what = format!(
        "holds an event store in the layout {layout} at version {version}, but this library works on version {VERSION}: {remedy}"
    );
    Err(refusal(schema, &what))
}

/// An event store that the other library may have made, and may have changed since.
async fn read_original(connection: &mut PgConnection, schema: &SchemaName, versions: Versions) -> Result<Found> {
    let row = sqlx::query(Statements::once(scripts::ORIGINAL_VERSION, schema))
        .persistent(false)
        .bind(schema.quoted())
        .fetch_optional(connection)
        .await
        .map_err(reading)?
        .ok_or_else(|| refusal(schema, "holds an event store whose history of migrations is empty"))?;
    let number = |column: &str| row.try_get::<i32, _>(column).map_err(reading);
    let version = (
        number("major_version")?,
        number("minor_version")?,
        number("patch_version")?,
    );
    if versions == Versions::Current && version != ORIGINAL_VERSION {
        return Err(refusal(schema, &wrong_version(version)));
    }
    let data_type: Option<&str> = row.try_get("data_type").map_err(reading)?;
    match data_type.and_then(DataType::named) {
        Some(data_type) => Ok(Found::Store {
            layout: Layout::Original,
            data_type,
        }),
        None => Err(refusal(
            schema,
            &format!(
                "holds an event store in the layout original with payloads of type {}, which this version does not read",
                data_type.unwrap_or("unknown")
            ),
        )),
    }
}

fn wrong_version(version: (i32, i32, i32)) -> String {
    let name = |(major, minor, patch)| format!("{major}.{minor}.{patch}");
    let remedy = if version < ORIGINAL_VERSION {
        "migrate it first"
    } else {
        "use a later version of this library"
    };
    format!(
        "holds an event store in the layout original at version {}, but this library works on version {}: {remedy}",
        name(version),
        name(ORIGINAL_VERSION)
    )
}

fn refusal(schema: &SchemaName, what: &str) -> Error {
    Error::NotInitialized {
        message: format!("the schema {schema:?} {what}", schema = schema.as_str()),
    }
}
