use std::path::Path;
use std::{fs, io};

use eventstore_core::{Error, Result};
use sqlx::{Connection, Executor, SqliteConnection};

use super::{Contents, inspect};
use crate::config::SqliteConfig;
use crate::connection::{beside, connect_to_inspect};
use crate::error::{commit_failed, failed, is_busy};
use crate::sql;

/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Whether something had to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removal {
    /// It was removed.
    Removed,
    /// It did not exist.
    WasAbsent,
}

/// Does the work of [`SqliteAdmin::drop`](crate::SqliteAdmin::drop).
pub(crate) async fn drop_store(config: &SqliteConfig) -> Result<Removal> {
    let path = config.path();
    if !path.exists() {
        return Ok(Removal::WasAbsent);
    }
    let mut connection = connect_to_inspect(config).await?;
    let contents = inspect(&mut connection).await?;
    if contents == Contents::NoStore {
        contents.refuse_others(config)?;
    }
    shut_others_out(&mut connection)
        .await
        .map_err(|error| in_use(&path, error))?;
    if has_other_tables(&mut connection).await? {
        drop_tables(connection).await?;
    } else {
        remove(&path).map_err(|error| cannot_remove(&path, error))?;
    }
    Ok(Removal::Removed)
}

/// Whether the file belongs to others too, such as the tables of projections.
async fn has_other_tables(connection: &mut SqliteConnection) -> Result<bool> {
    let has_others = sqlx::query_scalar(sql::HAS_OTHER_TABLES).fetch_one(connection).await;
    has_others.map_err(failed)
}

/// Ends the transaction that shut the others out.
async fn drop_tables(mut connection: SqliteConnection) -> Result<()> {
    connection.execute(sql::DROP_TABLES).await.map_err(failed)?;
    connection.execute(sql::COMMIT).await.map_err(commit_failed)?;
    connection.close().await.map_err(failed)
}

/// Takes the file for this connection alone.
async fn shut_others_out(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // SQLite gives the write-ahead log up only if no other connection has the file open.
    connection.execute(sql::GIVE_UP_LOG).await?;
    connection.execute(sql::BEGIN_EXCLUSIVE).await?;
    Ok(())
}

fn in_use(path: &Path, error: sqlx::Error) -> Error {
    if !is_busy(&error) {
        return failed(error);
    }
    Error::Unavailable {
        message: format!("{} is open elsewhere: close every store on it first", path.display()),
        source: Some(error.into()),
    }
}

/// Companions go first: what they hold must not be taken for a part of another file of the same name.
fn remove(path: &Path) -> io::Result<()> {
    let file = path.canonicalize()?;
    for companion in COMPANIONS.map(|suffix| beside(path, suffix)) {
        match fs::remove_file(companion) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_file(file)?;
    if path.is_symlink() {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn cannot_remove(path: &Path, error: io::Error) -> Error {
    let message = format!("{} cannot be removed", path.display());
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Error::AccessDenied {
            message,
            source: error.into(),
        },
        _ => Error::storage(message, error),
    }
}
