//! What a file may be, and what is done with it.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use eventstore_core::{
    Append, Error, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read, RecordedEvent, Result,
    StreamDirectory, StreamName, StreamSelector,
};
use eventstore_sqlite::{Creation, Removal, SqliteAdmin, SqliteConfig, SqliteStore, Synchronous};
use futures_util::future::join_all;
use futures_util::{FutureExt, TryStreamExt};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::support::{Fixture, append};

fn config(path: &Path) -> SqliteConfig {
    SqliteConfig::new(path).unwrap().with_synchronous(Synchronous::Off)
}

async fn refusal(path: &Path) -> String {
    match SqliteStore::connect(config(path)).await.map(drop) {
        Err(Error::NotInitialized { message }) => message,
        other => panic!("{other:?}"),
    }
}

async fn all_events(store: &SqliteStore) -> Vec<RecordedEvent> {
    store.read(Read::new(StreamSelector::All)).try_collect().await.unwrap()
}

/// Removes the file, which the threads of the connections of closed stores may have open a moment longer.
async fn drop_soon(admin: &SqliteAdmin) -> Removal {
    let removed = async {
        loop {
            match admin.drop().await {
                Err(Error::Unavailable { .. }) => sleep(Duration::from_millis(10)).await,
                removed => break removed.unwrap(),
            }
        }
    };
    timeout(Duration::from_secs(10), removed).await.unwrap()
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("letter.txt");
    let text = "Dear reader, this is a letter. ".repeat(100);
    fs::write(&path, &text).unwrap();
    let admin = SqliteAdmin::new(config(&path));
    assert_eq!(refusal(&path).await, "the file is not a database of SQLite");
    let refused: Vec<Result<()>> = vec![
        SqliteStore::open_with(config(&path)).await.map(drop),
        admin.has_store().await.map(drop),
        admin.migrate().await,
        admin.reset().await,
        admin.drop().await.map(drop),
        admin.check_file().await.map(drop),
        admin.backup(folder.path().join("copy.db")).await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::NotInitialized { .. })), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_database_without_a_store_is_refused_until_one_is_created_beside_its_tables() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut notes = options.connect().await.unwrap();
    notes
        .execute("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('kept')")
        .await
        .unwrap();
    let before = fs::read(&path).unwrap();
    let admin = SqliteAdmin::new(config(&path));
    assert!(refusal(&path).await.contains("there is no event store in"));
    assert!(!admin.has_store().await.unwrap());
    assert!(matches!(admin.drop().await, Err(Error::NotInitialized { .. })));
    assert!(matches!(admin.reset().await, Err(Error::NotInitialized { .. })));
    assert!(fs::read(&path).unwrap() == before, "the file was changed");

    notes.close().await.unwrap();
    let store = SqliteStore::open_with(config(&path)).await.unwrap();
    store.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap();
    assert!(admin.has_store().await.unwrap());
    let mut notes = options.connect().await.unwrap();
    let kept: String = sqlx::query_scalar("SELECT text FROM notes")
        .fetch_one(&mut notes)
        .await
        .unwrap();
    assert_eq!(kept, "kept");
}

#[tokio::test]
async fn a_file_with_texts_in_another_encoding_is_refused_and_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut notes = options.connect().await.unwrap();
    notes
        .execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE notes (text TEXT)")
        .await
        .unwrap();
    notes.close().await.unwrap();
    let before = fs::read(&path).unwrap();
    let refused = SqliteStore::open_with(config(&path)).await.map(drop);
    assert!(
        matches!(&refused, Err(Error::NotInitialized { message }) if message.contains("UTF-16le")),
        "{refused:?}"
    );
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// SQLite itself does not wait for the lock that the change to a write-ahead log needs.
#[tokio::test]
async fn opening_a_file_without_a_log_waits_for_its_writer() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut notes = options.connect().await.unwrap();
    notes
        .execute("CREATE TABLE notes (text TEXT); BEGIN IMMEDIATE")
        .await
        .unwrap();
    let mut opening = Box::pin(SqliteStore::open_with(config(&path)));
    let early = timeout(Duration::from_millis(200), &mut opening).await;
    assert!(early.is_err(), "{:?}", early.map(|opened| opened.map(drop)));
    notes.execute("COMMIT").await.unwrap();
    let store = opening.await.unwrap();
    store.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap();
}

#[tokio::test]
async fn a_time_to_wait_that_no_connection_can_have_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("events.db");
    for busy_timeout in [Duration::ZERO, Duration::from_hours(24 * 25), Duration::MAX] {
        let config = config(&path).with_busy_timeout(busy_timeout);
        let refused = SqliteStore::open_with(config).await.map(drop);
        assert!(
            matches!(
                refused,
                Err(Error::InvalidInput {
                    argument: "busy_timeout",
                    ..
                })
            ),
            "{refused:?}"
        );
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn a_later_version_of_the_tables_is_refused_by_its_number() {
    let fixture = Fixture::new().await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    admin.migrate().await.unwrap();
    let mut connection = fixture.connection().await;
    connection
        .execute("UPDATE eventstore_schema SET version = 2")
        .await
        .unwrap();
    assert!(refusal(&fixture.path()).await.contains("has version 2 of the tables"));
    let refused: Vec<Result<()>> = vec![
        admin.initialize().await.map(drop),
        admin.migrate().await,
        admin.reset().await,
        admin.backup(fixture.folder.path().join("copy.db")).await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::NotInitialized { .. })), "{refused:?}");
    }
    assert!(admin.has_store().await.unwrap());
}

#[tokio::test]
async fn what_is_missing_is_named_and_only_the_file_is_created() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("nowhere");
    let opened = SqliteStore::open_with(config(&nowhere.join("events.db")))
        .await
        .map(drop);
    let there_is_none = format!("there is no folder {}", nowhere.display());
    assert!(matches!(opened, Err(Error::NotInitialized { message }) if message == there_is_none));
    assert!(!nowhere.exists());

    let missing = folder.path().join("events.db");
    assert_eq!(
        refusal(&missing).await,
        format!("there is no file {}", missing.display())
    );
    assert!(!missing.exists());
    let admin = SqliteAdmin::new(config(&missing));
    assert!(!admin.has_store().await.unwrap());
    assert_eq!(admin.drop().await.unwrap(), Removal::WasAbsent);
    assert_eq!(admin.initialize().await.unwrap(), Creation::Created);
    assert_eq!(admin.initialize().await.unwrap(), Creation::AlreadyExisted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_many_create_at_once_is_created_once() {
    let folder = TempDir::new().unwrap();
    let config = config(&folder.path().join("events.db"));
    let creations = (0..8).map(|_| {
        let admin = SqliteAdmin::new(config.clone());
        tokio::spawn(async move { admin.initialize().await.unwrap() })
    });
    let creations = join_all(creations).await;
    let created = creations
        .into_iter()
        .filter(|creation| *creation.as_ref().unwrap() == Creation::Created);
    assert_eq!(created.count(), 1);
}

/// What is written to a file that is gone is lost without an error, unless the store looks.
#[cfg(unix)]
#[tokio::test]
async fn appends_to_a_file_that_was_removed_or_replaced_are_refused() {
    let fixture = Fixture::new().await;
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    let elsewhere = fixture.folder.path().join("elsewhere");
    let refuses = async || {
        let refused = fixture
            .store
            .append(append("s", ExpectedVersion::Any, 1))
            .await
            .map(drop);
        assert!(
            matches!(&refused, Err(Error::Storage { message, .. }) if message.contains("removed or replaced")),
            "{refused:?}"
        );
    };
    fs::rename(fixture.path(), &elsewhere).unwrap();
    refuses().await;
    fs::copy(&elsewhere, fixture.path()).unwrap();
    refuses().await;
    fs::rename(elsewhere, fixture.path()).unwrap();
    fixture
        .store
        .append(append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
    assert_eq!(all_events(&fixture.store).await.len(), 2);
}

/// Permissions do not hold for the superuser.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("events.db");
    SqliteAdmin::new(config(&path)).initialize().await.unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let store = SqliteStore::open_with(config(&path)).await;
    let appended = match store {
        Ok(store) => store.append(append("s", ExpectedVersion::Any, 1)).await.map(drop),
        Err(error) => Err(error),
    };
    if rustix::process::geteuid().is_root() {
        appended.unwrap();
    } else {
        assert!(matches!(appended, Err(Error::AccessDenied { .. })), "{appended:?}");
    }
}

/// SQLite undoes some transactions by itself, after which its connections are of no more use to the store.
#[tokio::test]
async fn a_full_file_refuses_appends_loses_nothing_and_goes_on_when_there_is_room() {
    let fixture = Fixture::new().await;
    let mut other = fixture.connection().await;
    other
        .execute("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(131072))")
        .await
        .unwrap();
    let limit = NonZeroU64::new(256 * 1_024).unwrap();
    let full = fixture.another_store(|config| config.with_max_bytes(limit)).await;
    let mut appended = 0;
    let error = loop {
        match full.append(page_append()).await {
            Ok(_) => appended += 1,
            Err(error) => break error,
        }
    };
    assert!(appended > 0 && error.is_retryable());
    let again = full.append(page_append()).await.unwrap_err();
    for refused in [error, again] {
        assert!(
            matches!(&refused, Error::Unavailable { message, .. } if message.contains("max_bytes")),
            "{refused:?}"
        );
    }
    assert_eq!(all_events(&full).await.len(), appended);

    other.execute("DROP TABLE filler").await.unwrap();
    let receipt = full.append(page_append()).await.unwrap();
    assert_eq!(usize::try_from(receipt.last_version.get()).unwrap(), appended + 1);
    assert_eq!(all_events(&full).await.len(), appended + 1);
    assert_eq!(
        SqliteAdmin::new(fixture.config.clone()).check_file().await.unwrap(),
        Vec::<String>::new()
    );
}

/// One event that needs pages of its own.
fn page_append() -> Append {
    let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), vec![b'x'; 8_192]);
    Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, [event]).unwrap()
}

#[tokio::test]
async fn a_store_in_memory_is_one_for_itself_and_ends_with_its_last_handle() {
    let config = SqliteConfig::from_url("sqlite::memory:").unwrap();
    let path = config.path();
    let store = SqliteStore::open_with(config).await.unwrap();
    let other = SqliteStore::open(":memory:").await.unwrap();
    store.append(append("s", ExpectedVersion::NoStream, 3)).await.unwrap();
    let clone = store.clone();
    drop(store);
    assert_eq!((all_events(&clone).await.len(), all_events(&other).await.len()), (3, 0));
    drop(clone);
    let gone = async {
        while path.exists() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_writers_is_the_store_at_one_moment() {
    let fixture = Fixture::new().await;
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 2_000))
        .await
        .unwrap();
    let writer = fixture.clone();
    let writing = tokio::spawn(async move {
        loop {
            writer.store.append(append("s", ExpectedVersion::Any, 7)).await.unwrap();
            writer.store.append(append("t", ExpectedVersion::Any, 1)).await.unwrap();
        }
    });
    let to = fixture.folder.path().join("copy.db");
    let admin = SqliteAdmin::new(fixture.config.clone());
    admin.backup(&to).await.unwrap();
    writing.abort();
    assert!(writing.await.unwrap_err().is_cancelled());

    let copy = SqliteStore::connect(config(&to)).await.unwrap();
    let copied = all_events(&copy).await;
    let mut stored = all_events(&fixture.store).await;
    assert!(copied.len() >= 2_000 && stored.len() >= copied.len());
    stored.truncate(copied.len());
    assert_eq!(copied, stored);
    assert_eq!(
        SqliteAdmin::new(config(&to)).check_file().await.unwrap(),
        Vec::<String>::new()
    );
    copy.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
}

#[tokio::test]
async fn a_backup_replaces_nothing_and_leaves_nothing_behind_if_it_fails() {
    let fixture = Fixture::new().await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    let names = || {
        let entries = fs::read_dir(fixture.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let taken = fixture.folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let before = names();
    for to in [
        taken.clone(),
        fixture.path(),
        fixture.folder.path().join("nowhere/copy.db"),
    ] {
        let refused = admin.backup(&to).await;
        assert!(
            matches!(refused, Err(Error::InvalidInput { argument: "to", .. })),
            "{refused:?}"
        );
    }
    assert!(
        admin
            .backup(fixture.folder.path().join("copy.db"))
            .now_or_never()
            .is_none()
    );
    assert_eq!(names(), before);
    assert!(fs::read(taken).unwrap().is_empty());
}

#[tokio::test]
async fn a_file_is_removed_only_when_no_store_has_it_open() {
    let fixture = Fixture::new().await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    let idle = fixture.another_store(|config| config).await;
    let refused = SqliteAdmin::new(fixture.config.clone().with_busy_timeout(Duration::from_millis(50)))
        .drop()
        .await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    fixture
        .store
        .append(append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
    assert_eq!(all_events(&idle).await.len(), 2);

    let folder = fixture.folder.clone();
    drop((fixture, idle));
    assert_eq!(drop_soon(&admin).await, Removal::Removed);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(admin.drop().await.unwrap(), Removal::WasAbsent);
}

#[tokio::test]
async fn a_file_with_other_tables_stays_and_keeps_them() {
    let fixture = Fixture::new().await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    let mut other = fixture.connection().await;
    other
        .execute("CREATE TABLE balances (account TEXT); INSERT INTO balances VALUES ('ada')")
        .await
        .unwrap();
    other.close().await.unwrap();
    let (folder, path) = (fixture.folder.clone(), fixture.config.path());
    drop(fixture);
    assert_eq!(drop_soon(&admin).await, Removal::Removed);
    assert!(refusal(&path).await.contains("no event store"));
    assert_eq!(admin.initialize().await.unwrap(), Creation::Created);
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let account: String = sqlx::query_scalar("SELECT account FROM balances")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(account, "ada");
    drop(folder);
}

#[tokio::test]
async fn a_reset_empties_the_store_and_gives_no_id_again() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    connection
        .execute("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('kept')")
        .await
        .unwrap();
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 5_000))
        .await
        .unwrap();
    let id_before = stream_id(&fixture).await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    admin.reset().await.unwrap();
    let name = StreamName::new("s").unwrap();
    assert!(all_events(&fixture.store).await.is_empty());
    assert!(fixture.store.stream_info(&name.into()).await.is_err());

    let receipt = fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    assert_eq!((receipt.last_version.get(), receipt.last_position.get()), (1, 1));
    assert!(stream_id(&fixture).await > id_before);
    let kept: String = sqlx::query_scalar("SELECT text FROM notes")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, "kept");
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(pages < 100, "{pages} pages");
}

async fn stream_id(fixture: &Fixture) -> i64 {
    let id = sqlx::query_scalar("SELECT id FROM eventstore_streams WHERE name = 's'");
    id.fetch_one(&mut fixture.connection().await).await.unwrap()
}

#[tokio::test]
async fn a_damaged_file_is_found_out() {
    let fixture = Fixture::new().await;
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 5_000))
        .await
        .unwrap();
    let mut connection = fixture.connection().await;
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    connection.close().await.unwrap();
    let damaged = fixture.folder.path().join("damaged.db");
    let mut bytes = fs::read(fixture.path()).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4_096].fill(0xff);
    fs::write(&damaged, bytes).unwrap();
    let found = SqliteAdmin::new(config(&damaged)).check_file().await;
    assert!(
        matches!(&found, Ok(found) if !found.is_empty()) || matches!(&found, Err(Error::Storage { .. })),
        "{found:?}"
    );
}

/// While reads overlap, SQLite itself never begins a new log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_does_not_grow_without_bound_while_reads_overlap() {
    const MIB: u64 = 1_024 * 1_024;
    let fixture = Fixture::new().await;
    let (mut one, mut other) = (fixture.connection().await, fixture.connection().await);
    let reading = tokio::spawn(async move {
        let begin = "BEGIN; SELECT count(*) FROM eventstore_streams";
        one.execute(begin).await.unwrap();
        loop {
            other.execute(begin).await.unwrap();
            one.execute("COMMIT").await.unwrap();
            std::mem::swap(&mut one, &mut other);
        }
    });
    let log = fixture.folder.path().join("events.db-wal");
    let mut longest = 0;
    for _ in 0..60 {
        fixture.store.append(large_append()).await.unwrap();
        longest = longest.max(fs::metadata(&log).unwrap().len());
    }
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    assert!((64 * MIB..256 * MIB).contains(&longest), "{} MiB", longest / MIB);
    assert_eq!(
        SqliteAdmin::new(fixture.config.clone()).check_file().await.unwrap(),
        Vec::<String>::new()
    );
}

/// Eight events of a mebibyte each.
fn large_append() -> Append {
    let data = Bytes::from(vec![b'x'; 1_024 * 1_024]);
    let event_type = EventType::new("Happened").unwrap();
    let events = (0..8).map(|_| NewEvent::new(Uuid::now_v7(), event_type.clone(), data.clone()));
    Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events).unwrap()
}
