use eventstore_core::Result;

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::schema::Removal;
use crate::schema::{change_schema, find_store, run_script};
use crate::sql::scripts;
use crate::values::Layout;

/// Removes the tables of the layout `original` that [`migrate_to_compact`](crate::migrate_to_compact) has kept.
///
/// Nothing uses these tables. Until they are removed, they hold what was in the store before the migration, including
/// streams that are hard-deleted afterwards. In a store of the layout `original`, nothing is removed.
///
/// # Errors
///
/// - [`NotInitialized`](eventstore_core::Error::NotInitialized) if there is no event store, or one of another version
/// - [`InvalidInput`](eventstore_core::Error::InvalidInput) naming `schema` if something of another application depends
///   on the tables
/// - [`AccessDenied`](eventstore_core::Error::AccessDenied) unless the user owns the tables
/// - [`Unavailable`](eventstore_core::Error::Unavailable)
pub async fn drop_original_tables(config: &PostgresConfig) -> Result<Removal> {
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
