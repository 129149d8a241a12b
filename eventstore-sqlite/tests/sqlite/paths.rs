//! A path names one file for as long as a store is open.

use std::env;
use std::path::Path;

use eventstore_core::{Error, EventReaderExt, EventWriter, ExpectedVersion, Read, StreamSelector};
use eventstore_sqlite::{SqliteAdmin, SqliteConfig, SqliteStore};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::append;

/// The process has a single working directory.
static WORKING_DIRECTORY: Mutex<()> = Mutex::const_new(());

/// How many events each of several concurrent reads finds, so that all connections are used.
async fn counted(store: &SqliteStore) -> Vec<usize> {
    let reads = (0..8).map(|_| async {
        let events = store.read(Read::new(StreamSelector::All));
        events.try_collect::<Vec<_>>().await.unwrap().len()
    });
    join_all(reads).await
}

async fn filled(path: impl AsRef<Path>, events: usize) -> SqliteStore {
    let store = SqliteStore::open_with(SqliteConfig::new(path).unwrap()).await.unwrap();
    store
        .append(append("s", ExpectedVersion::NoStream, events))
        .await
        .unwrap();
    store
}

#[tokio::test]
async fn a_relative_path_is_resolved_once() {
    let _alone = WORKING_DIRECTORY.lock().await;
    let [here, there] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let other = filled(there.path().join("bank.db"), 9).await;
    env::set_current_dir(&here).unwrap();
    let config = SqliteConfig::new("bank.db").unwrap();
    let store = filled("bank.db", 1).await;
    env::set_current_dir(&there).unwrap();
    assert_eq!(counted(&store).await, [1; 8]);
    assert_eq!(counted(&other).await, [9; 8]);
    assert_eq!(counted(&SqliteStore::connect(config).await.unwrap()).await, [1; 8]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_is_turned_to_another_file_does_not_move_an_open_store() {
    let folder = TempDir::new().unwrap();
    let [one, other, link] = ["one.db", "other.db", "link.db"].map(|name| folder.path().join(name));
    drop((filled(&one, 1).await, filled(&other, 9).await));
    std::os::unix::fs::symlink(&one, &link).unwrap();
    let store = SqliteStore::connect(SqliteConfig::new(&link).unwrap()).await.unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&other, &link).unwrap();
    assert_eq!(counted(&store).await, [1; 8]);
    store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    assert_eq!(counted(&store).await, [2; 8]);
}

/// What is left in the log would be read as a part of the other file.
async fn empty_log(path: &Path) {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    connection.close().await.unwrap();
}

/// A restore renames another file over the one that a store has open.
#[cfg(unix)]
#[tokio::test]
async fn all_readers_have_the_file_that_was_opened() {
    let folder = TempDir::new().unwrap();
    let [one, other] = ["one.db", "other.db"].map(|name| folder.path().join(name));
    let store = filled(&one, 1).await;
    SqliteAdmin::new(SqliteConfig::new(&one).unwrap())
        .backup(&other)
        .await
        .unwrap();
    store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    empty_log(&one).await;
    std::fs::rename(&other, &one).unwrap();
    assert_eq!(counted(&store).await, [2; 8]);
}

/// SQLite would take it for a URI.
#[tokio::test]
async fn a_path_that_begins_like_a_uri_is_a_plain_file_name() {
    let _alone = WORKING_DIRECTORY.lock().await;
    let folder = TempDir::new().unwrap();
    env::set_current_dir(&folder).unwrap();
    let name = "file:bank.db?mode=memory";
    let store = filled(name, 1).await;
    let admin = SqliteAdmin::new(SqliteConfig::new(name).unwrap());
    assert!(folder.path().join(name).exists());
    assert!(admin.has_store().await.unwrap());
    assert_eq!(counted(&store).await, [1; 8]);
    admin.backup("file:copy.db?mode=memory").await.unwrap();
    let copy = folder.path().join("file:copy.db?mode=memory");
    assert_eq!(
        counted(&SqliteStore::connect(SqliteConfig::new(copy).unwrap()).await.unwrap()).await,
        [1; 8]
    );
}

#[test]
fn a_path_that_sqlite_cannot_take_is_refused() {
    let refused = SqliteConfig::from_url("sqlite:a%00b").map(drop);
    assert!(
        matches!(refused, Err(Error::InvalidInput { argument: "path", .. })),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let refused = SqliteConfig::new(OsStr::from_bytes(b"events\xff.db")).map(drop);
    assert!(
        matches!(refused, Err(Error::InvalidInput { argument: "path", .. })),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_look_into_a_temporary_store() {
    use std::os::unix::fs::PermissionsExt;

    let config = SqliteConfig::new(":memory:").unwrap();
    let folder = config.path().parent().unwrap().metadata().unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
}
