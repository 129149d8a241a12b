use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};

use super::migration::Step;
use crate::error::reading;
use crate::schema::run_script;
use crate::sql::{Statements, scripts};
use crate::values::SchemaName;

/// Builds the indexes that a step puts in the place of others, while the store is used.
pub(super) async fn prepare(connection: &mut PgConnection, schema: &SchemaName, step: &Step) -> Result<()> {
    if step.beforehand.is_empty() {
        return Ok(());
    }
    refuse_dependent(connection, schema).await?;
    refuse_duplicates(connection, schema).await?;
    for script in step.beforehand {
        run_script(connection, script, schema).await?;
    }
    Ok(())
}

async fn refuse_dependent(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    let dependent: Option<String> = sqlx::query_scalar(scripts::FIND_DEPENDENT)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)?;
    match dependent {
        None => Ok(()),
        Some(dependent) => {
            let reason = format!("{dependent} depends on a column whose collation changes: drop it first");
            Err(Error::invalid_input("schema", &reason))
        }
    }
}

/// No unique index can be built on duplicates, which an index may have let through that is broken.
async fn refuse_duplicates(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    let mut transaction = connection.begin().await.map_err(reading)?;
    let distrust = sqlx::query(scripts::DISTRUST_INDEXES).persistent(false);
    distrust.execute(&mut *transaction).await.map_err(reading)?;
    let find = sqlx::query_as::<_, Duplicate>(Statements::once(scripts::FIND_DUPLICATES, schema)).persistent(false);
    let duplicates = find.bind(1_i64).bind(0_i64).fetch_all(&mut *transaction).await;
    let duplicates: Vec<_> = duplicates.map_err(reading)?.iter().map(name).collect();
    transaction.rollback().await.map_err(reading)?;
    if duplicates.is_empty() {
        return Ok(());
    }
    Err(Error::Storage {
        message: "the event store is damaged and stays as it is: a key is stored more than once".to_owned(),
        source: duplicates.join(", ").into(),
    })
}

/// The table, the key and the second half of the key of rows that are there more than once.
type Duplicate = (String, String, Option<String>, i64);

fn name((table, key, second, count): &Duplicate) -> String {
    let second = second
        .as_ref()
        .map_or_else(String::new, |second| format!(" {second:?}"));
    format!("{table} {key:?}{second} ({count} rows)")
}
