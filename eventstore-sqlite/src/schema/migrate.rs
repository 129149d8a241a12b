use eventstore_core::Result;
use sqlx::Connection;

use super::connect_to_store;
use crate::config::SqliteConfig;
use crate::error::failed;

/// Does the work of [`SqliteAdmin::migrate`](crate::SqliteAdmin::migrate).
pub(crate) async fn migrate(config: &SqliteConfig) -> Result<()> {
    let connection = connect_to_store(config).await?;
    connection.close().await.map_err(failed)
}
