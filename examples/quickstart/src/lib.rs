//! Opens the store that the examples work on, which is of the backend that its URL names.

use std::env;
use std::sync::Arc;

use eventstore_core::{BoxError, EventStore};
use eventstore_postgres::PostgresStore;
use eventstore_sqlite::SqliteStore;
use tempfile::TempDir;

/// Opens the store that `EVENTSTORE_URL` names, or one in a new file, and says which. What is missing is created.
///
/// # Errors
///
/// The errors of [`SqliteStore::open`] and [`PostgresStore::open`].
pub async fn open() -> Result<Arc<dyn EventStore>, BoxError> {
    let url = match env::var("EVENTSTORE_URL") {
        Ok(url) => {
            println!("the store is the one that EVENTSTORE_URL names");
            url
        }
        Err(_) => new_file()?,
    };
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Arc::new(PostgresStore::open(&url).await?))
    } else {
        Ok(Arc::new(SqliteStore::open(&url).await?))
    }
}

/// A file in a folder for temporary files, where the reader can have a look at it.
fn new_file() -> Result<String, BoxError> {
    let folder = TempDir::with_prefix("eventstore-")?.keep();
    let url = format!("sqlite:{}", folder.join("events.db").display());
    println!("the store is {url}; EVENTSTORE_URL names another one");
    Ok(url)
}
