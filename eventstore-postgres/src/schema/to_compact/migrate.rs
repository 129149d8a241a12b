use eventstore_core::{Error, Result};
use sqlx::{PgConnection, Row};

use super::copier::Copier;
use super::{LayoutMigration, LayoutProgress};
use crate::config::PostgresConfig;
use crate::connection::{Pool, PooledSessions, work_for_long};
use crate::error::reading;
use crate::schema::{call, change_schema, find_store, migrate, open_store, run_script};
use crate::sql::{Statements, scripts};
use crate::values::{DataType, Layout, SchemaName};

/// How many entries are copied in one transaction.
const ENTRIES_PER_BATCH: i64 = 20_000;

/// Does the work of [`PostgresAdmin::migrate_to_compact`](crate::PostgresAdmin::migrate_to_compact).
pub(crate) async fn migrate_to_compact(
    config: &PostgresConfig,
    observe: impl FnMut(LayoutProgress) + Send,
) -> Result<LayoutMigration> {
    migrate_in_batches(config, ENTRIES_PER_BATCH, observe).await
}

pub(super) async fn migrate_in_batches(
    config: &PostgresConfig,
    entries_per_batch: i64,
    observe: impl FnMut(LayoutProgress) + Send,
) -> Result<LayoutMigration> {
    migrate(config).await?;
    // This transaction keeps writers out while others copy, and is the one that replaces the tables.
    change_schema(config, "layout", async |gate| {
        let (layout, data_type) = find_store(gate, config).await?;
        if layout == Layout::Compact {
            return Ok(LayoutMigration::AlreadyDone);
        }
        let schema = config.schema();
        call(gate, scripts::LOCK_MIGRATIONS, &schema.quoted()).await?;
        refuse_obstacles(gate, schema).await?;
        run_script(gate, scripts::LOCK_ORIGINAL, schema).await?;
        let sessions = open(config.clone().bypassing_pooler()).await?;
        let copied = work_for_long(config, "copy", async |connection| {
            let copier = Copier {
                connection,
                sessions: &sessions,
                entries_per_batch,
                observe,
            };
            Box::pin(copier.run()).await
        });
        let migrated = copied.await?;
        exchange(gate, schema, data_type).await?;
        Ok(migrated)
    })
    .await
}

/// The store on its own pool, for the verification of the copies.
async fn open(config: PostgresConfig) -> Result<PooledSessions> {
    config.check()?;
    let pool = Pool::new(&config)?;
    Box::pin(open_store(config, pool)).await
}

/// Finds out, before a long time is spent on copying, whether the tables can be replaced in the end.
async fn refuse_obstacles(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    let row = sqlx::query(scripts::FIND_OBSTACLES)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)?;
    if !row.try_get::<bool, _>("is_owner").map_err(reading)? {
        return Err(Error::AccessDenied {
            message: "the tables of the event store belong to another role".to_owned(),
            source: "must be the owner of the tables streams, events and stream_events".into(),
        });
    }
    if let Some(kept) = row.try_get::<Option<&str>, _>("kept").map_err(reading)? {
        let reason = format!("the table {kept} of an earlier migration is in it: drop it first");
        return Err(Error::invalid_input("schema", &reason));
    }
    if let Some(dependent) = row.try_get::<Option<&str>, _>("dependent").map_err(reading)? {
        let reason = format!("{dependent} depends on the tables events and stream_events: drop it first");
        return Err(Error::invalid_input("schema", &reason));
    }
    if let Some(extras) = row.try_get::<Option<&str>, _>("extras").map_err(reading)? {
        let reason = format!("{extras} would be lost: the layout compact has other tables; drop what is named first");
        return Err(Error::invalid_input("schema", &reason));
    }
    Ok(())
}

/// Puts the copies in the place of the original tables, in a transaction of the caller's.
async fn exchange(connection: &mut PgConnection, schema: &SchemaName, data_type: DataType) -> Result<()> {
    call(connection, scripts::SET_SCHEMA, &schema.quoted()).await?;
    for script in scripts::EXCHANGE_TABLES {
        let script = Statements::creation(script, schema, data_type);
        sqlx::raw_sql(script).execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}
