use std::fs::{self, File};
use std::io;
use std::path::{self, Path, PathBuf};

use eventstore_core::{Error, Result};
use sqlx::Connection;
use tempfile::TempPath;
use tokio::task::spawn_blocking;

use super::connect_to_store;
use crate::config::SqliteConfig;
use crate::error::failed;
use crate::sql;

/// Does the work of [`SqliteAdmin::backup`](crate::SqliteAdmin::backup).
pub(crate) async fn backup(config: &SqliteConfig, to: &Path) -> Result<()> {
    let mut connection = connect_to_store(config).await?;
    // SQLite takes what begins with `file:` for a URI.
    let to = path::absolute(to).map_err(|error| cannot_write(to, error))?;
    let copy = unfinished(&to)?;
    let copied = sqlx::query(sql::COPY_FILE)
        .bind(text_of(&copy)?)
        .execute(&mut connection)
        .await;
    copied.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    let from = config.path();
    let finished = spawn_blocking(move || finish(copy, &from, &to)).await;
    finished.map_err(|error| Error::storage("the copy was not finished", error))?
}

/// An empty file beside the target, which is removed unless it is finished.
fn unfinished(to: &Path) -> Result<TempPath> {
    if to.exists() {
        return Err(exists(to));
    }
    let file = tempfile::Builder::new()
        .prefix(".eventstore-backup-")
        .tempfile_in(folder_of(to));
    let file = file.map_err(|error| cannot_write(to, error))?;
    Ok(file.into_temp_path())
}

fn finish(copy: TempPath, from: &Path, to: &Path) -> Result<()> {
    let finished = make_durable(copy, from, to);
    finished.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(to),
        _ => cannot_write(to, error),
    })
}

fn make_durable(copy: TempPath, from: &Path, to: &Path) -> io::Result<()> {
    // Those who may read the store may read its copy, and no others.
    fs::set_permissions(&copy, fs::metadata(from)?.permissions())?;
    File::open(&copy)?.sync_all()?;
    copy.persist_noclobber(to)?;
    File::open(folder_of(to))?.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn text_of(path: &Path) -> Result<&str> {
    let text = path.to_str();
    text.ok_or_else(|| Error::invalid_input("to", "the path is not UTF-8"))
}

fn exists(to: &Path) -> Error {
    Error::invalid_input("to", &format!("{} exists", to.display()))
}

fn cannot_write(to: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::invalid_input("to", &format!("there is no folder for {}", to.display()))
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Error::AccessDenied {
            message: format!("{} cannot be written", to.display()),
            source: error.into(),
        },
        _ => Error::Unavailable {
            message: format!("{} cannot be written", to.display()),
            source: Some(error.into()),
        },
    }
}
