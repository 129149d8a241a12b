use eventstore_core::Result;

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::schema::Removal;
use crate::schema::{change_schema, find_store, run_script};
use crate::sql::scripts;
use crate::values::Layout;

/// Does the work of [`PostgresAdmin::drop_original_tables`](crate::PostgresAdmin::drop_original_tables).
pub(crate) async fn drop_original_tables(config: &PostgresConfig) -> Result<Removal> {
    change_schema(config, "layout", async |connection| {
        let (layout, _) = find_store(connection, config).await?;
        let has_kept: bool = sqlx::query_scalar(scripts::HAS_KEPT)
            .persistent(false)
            .bind(config.schema().quoted())
            .fetch_one(&mut *connection)
            .await
            .map_err(reading)?;
        if layout == Layout::Original || !has_kept {
            return Ok(Removal::WasAbsent);
        }
        run_script(connection, scripts::DROP_KEPT, config.schema()).await?;
        Ok(Removal::Removed)
    })
    .await
}
