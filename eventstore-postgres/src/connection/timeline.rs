use eventstore_backend::StorageEpoch;
use sqlx::{Executor, Postgres, Row};
use tracing::{debug, warn};

use crate::sql::scripts::TIMELINE;

/// Checks which timeline a new connection leads to, before anything else is done on it: a promoted standby begins a timeline of its
/// own, and may lack what the server before it had committed (ADR 38).
///
/// A server that cannot say is taken for the same one as before: some services have a log without timelines, and a server in recovery
/// tells none.
pub(crate) async fn check_timeline<'c>(
    storage_epoch: &StorageEpoch,
    connection: impl Executor<'c, Database = Postgres>,
) -> Result<(), sqlx::Error> {
    let timeline: Option<String> = match sqlx::raw_sql(TIMELINE).fetch_one(connection).await {
        Ok(row) => row.try_get(0)?,
        Err(sqlx::Error::Database(error)) => {
            debug!(%error, "the server does not tell its timeline");
            None
        }
        Err(error) => return Err(error),
    };
    if let Some(timeline) = timeline
        && storage_epoch.found(&timeline)
    {
        warn!(timeline, "a failover to another server happened");
    }
    Ok(())
}
