//! Keys of subjects in the file, shared by all processes.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::backend::{KeyAddition, KeyVault, SubjectKeys, WrappedKey};
use eventstore_serde::{DurableKeys, Encryption, Json, Layered, MasterKey, Serializer};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use futures_util::future::join_all;
use sqlx::{Connection, Executor};
use tokio::time::timeout;

use crate::support::Fixture;

async fn open() -> (Fixture, Arc<dyn KeyVault>) {
    let fixture = Fixture::new().await;
    let vault: Arc<dyn KeyVault> = Arc::new(fixture.store.clone());
    (fixture, vault)
}

eventstore_testkit::conformance_of_key_vaults!(open);

async fn keys(config: &SqliteConfig) -> Arc<DurableKeys> {
    let keys = DurableKeys::open(SqliteStore::connect(config.clone()), MasterKey::new([7; 32])).await;
    Arc::new(keys.unwrap())
}

fn serializer(keys: &Arc<DurableKeys>) -> Layered<Json, Encryption<DurableKeys>> {
    Json.with_layer(Encryption::new(Arc::clone(keys)))
}

#[tokio::test]
async fn a_subject_that_is_forgotten_is_erased_in_every_process() {
    let fixture = Fixture::new().await;
    let processes = [keys(&fixture.config).await, keys(&fixture.config).await];
    let [one, other] = [0, 1].map(|index| serializer(&processes[index]));
    for subject in ["ada", "bob"] {
        processes[0].ensure(subject).await.unwrap();
    }
    let [about_ada, about_bob] = ["ada", "bob"].map(|subject| one.for_subject(subject).serialize("secret").unwrap());
    assert_eq!(other.deserialize::<String>(&about_ada).unwrap(), "secret");

    let began_at = Instant::now();
    processes[0].forget("ada").await.unwrap();
    assert!(began_at.elapsed() < Duration::from_secs(20));
    for serializer in [&one, &other] {
        let unreadable = serializer.deserialize::<String>(&about_ada).unwrap_err();
        assert_eq!(unreadable.erased_subject(), Some("ada"));
        let refused = serializer.for_subject("ada").serialize("secret").unwrap_err();
        assert_eq!(refused.erased_subject(), Some("ada"));
        assert_eq!(serializer.deserialize::<String>(&about_bob).unwrap(), "secret");
    }
    let opened_later = serializer(&keys(&fixture.config).await);
    let unreadable = opened_later.deserialize::<String>(&about_ada).unwrap_err();
    assert_eq!(unreadable.erased_subject(), Some("ada"));
}

/// As after a restore: numbers of forgotten subjects begin again.
#[tokio::test]
async fn a_vault_that_went_back_in_time_hides_no_forgotten_subject() {
    let fixture = Fixture::new().await;
    let [one, other] = [keys(&fixture.config).await, keys(&fixture.config).await];
    for subject in ["ada", "bob"] {
        one.ensure(subject).await.unwrap();
    }
    let about_bob = serializer(&other).for_subject("bob").serialize("secret").unwrap();
    one.forget("ada").await.unwrap();
    let back = "DELETE FROM eventstore_forgotten_subjects;
                DELETE FROM sqlite_sequence WHERE name = 'eventstore_forgotten_subjects'";
    fixture.connection().await.execute(back).await.unwrap();
    one.forget("bob").await.unwrap();
    let unreadable = serializer(&other).deserialize::<String>(&about_bob).unwrap_err();
    assert_eq!(unreadable.erased_subject(), Some("bob"));
}

#[tokio::test]
async fn several_processes_make_one_first_key() {
    let fixture = Fixture::new().await;
    let mut processes = Vec::new();
    for _ in 0..4 {
        processes.push(keys(&fixture.config).await);
    }
    let ensured = join_all(processes.iter().map(|process| process.ensure("ada")));
    ensured.await.into_iter().for_each(|ensured| ensured.unwrap());
    // Two that found none may have made one each: all of them can read everything.
    for writer in &processes {
        let written = serializer(writer).for_subject("ada").serialize("secret").unwrap();
        for reader in &processes {
            assert_eq!(serializer(reader).deserialize::<String>(&written).unwrap(), "secret");
        }
    }
}

#[tokio::test]
async fn a_forgotten_key_is_neither_in_the_file_nor_in_its_log() {
    let fixture = Fixture::new().await;
    add_key(&fixture, "ada", SECRET).await;
    add_key(&fixture, "bob", b"another").await;
    assert!(holds_the_key(&fixture, "-wal"));
    copy_the_log_into_the_file(&fixture).await;
    assert!(holds_the_key(&fixture, ""));
    // The log has what is in the page of the key, too.
    add_key(&fixture, "eve", b"yet another").await;
    fixture.store.forget_subject("ada").await.unwrap();
    for file in ["", "-wal"] {
        assert!(!holds_the_key(&fixture, file), "events.db{file}");
    }
    assert!(matches!(fixture.store.keys_of("bob").await.unwrap(), SubjectKeys::Kept(keys) if keys.len() == 1));
}

#[tokio::test]
async fn a_reader_in_the_way_hinders_no_one_from_forgetting_a_subject() {
    let fixture = Fixture::new().await;
    add_key(&fixture, "ada", SECRET).await;
    let mut connection = fixture.connection().await;
    let mut reading = connection.begin().await.unwrap();
    reading.execute("SELECT * FROM eventstore_schema").await.unwrap();
    let forgotten = timeout(Duration::from_secs(10), fixture.store.forget_subject("ada"));
    forgotten.await.unwrap().unwrap();
    let keys = fixture.store.keys_of("ada").await.unwrap();
    assert!(matches!(keys, SubjectKeys::Forgotten), "{keys:?}");
    assert!(holds_the_key(&fixture, "-wal"), "the reader needs it");
    reading.rollback().await.unwrap();
    fixture.store.forget_subject("ada").await.unwrap();
    for file in ["", "-wal"] {
        assert!(!holds_the_key(&fixture, file), "events.db{file}");
    }
}

#[tokio::test]
async fn no_copies_of_keys_stay_where_others_were_moved() {
    let fixture = Fixture::new().await;
    for number in 0_u32..200 {
        add_key(&fixture, &format!("{}", (number * 77) % 200), SECRET).await;
    }
    for number in 0..200 {
        fixture.store.forget_subject(&number.to_string()).await.unwrap();
    }
    for file in ["", "-wal"] {
        assert!(!holds_the_key(&fixture, file), "events.db{file}");
    }
}

const SECRET: &[u8] = b"a wrapped key that nobody else would write";

async fn add_key(fixture: &Fixture, subject: &str, bytes: &[u8]) {
    let key = WrappedKey {
        number: 1,
        bytes: bytes.to_vec().into(),
    };
    assert_eq!(fixture.store.add_key(subject, key).await.unwrap(), KeyAddition::Added);
}

/// Read by another process: if this one closed a file that SQLite has open, the system would drop SQLite's locks on it.
fn holds_the_key(fixture: &Fixture, suffix: &str) -> bool {
    let mut path = fixture.path().into_os_string();
    path.push(suffix);
    let read = Command::new("cat").arg(path).output().unwrap();
    assert!(read.status.success(), "{read:?}");
    read.stdout.windows(SECRET.len()).any(|part| part == SECRET)
}

async fn copy_the_log_into_the_file(fixture: &Fixture) {
    let checkpoint = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)");
    let is_busy: bool = checkpoint.fetch_one(&mut fixture.connection().await).await.unwrap();
    assert!(!is_busy, "the log is in use");
}
