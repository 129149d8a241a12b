use eventstore_core::{Error, Result};

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::schema::Removal;
use crate::schema::{change_schema, find_store, run_script};
use crate::sql::scripts;
use crate::values::Layout;

/// Does the work of [`PostgresAdmin::abandon_migration_to_compact`](crate::PostgresAdmin::abandon_migration_to_compact).
pub(crate) async fn abandon_migration_to_compact(config: &PostgresConfig) -> Result<Removal> {
    change_schema(config, "layout", async |connection| {
        let (layout, _) = find_store(connection, config).await?;
        if layout == Layout::Compact {
            return Err(Error::invalid_input(
                "layout",
                "the event store has the layout compact: no move to it can be abandoned",
            ));
        }
        let has_copies: bool = sqlx::query_scalar(scripts::HAS_COPIES)
            .persistent(false)
            .bind(config.schema().quoted())
            .fetch_one(&mut *connection)
            .await
            .map_err(reading)?;
        if !has_copies {
            return Ok(Removal::WasAbsent);
        }
        run_script(connection, scripts::DROP_COPIES, config.schema()).await?;
        Ok(Removal::Removed)
    })
    .await
}
