use eventstore_core::Result;
use sqlx::Connection;

use crate::config::SqliteConfig;
use crate::connection::connect_to_inspect;
use crate::error::failed;
use crate::sql;

/// What SQLite says of a sound file.
const SOUND: &str = "ok";

/// Does the work of [`SqliteAdmin::check_file`](crate::SqliteAdmin::check_file).
pub(crate) async fn check_file(config: &SqliteConfig) -> Result<Vec<String>> {
    let mut connection = connect_to_inspect(config).await?;
    let found = sqlx::query_scalar(sql::CHECK_FILE).fetch_all(&mut connection).await;
    let mut found: Vec<String> = found.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    found.retain(|finding| finding != SOUND);
    Ok(found)
}
