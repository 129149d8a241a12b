use std::time::Duration;

use eventstore_core::Result;
use sqlx::PgConnection;
use tokio::time::sleep;

use crate::error::reading;
use crate::sql::scripts;
use crate::values::SchemaName;

/// How long to wait between two attempts to be the process that makes indexes.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until no other process makes indexes in the schema; the lock goes with the connection.
///
/// No statement waits meanwhile: the creation of an index would wait for that statement in turn.
pub(super) async fn lock_indexes(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    loop {
        let is_locked = sqlx::query_scalar::<_, bool>(scripts::LOCK_INDEX)
            .bind(schema.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(reading)?;
        if is_locked {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}
