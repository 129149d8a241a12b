//! Keys of subjects in the database, shared by all processes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::Error;
use eventstore_core::backend::{KeyVault, SubjectKeys};
use eventstore_postgres::{Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_serde::{DurableKeys, Encryption, Json, KeyStore, Layered, MasterKey, Serializer};
use futures_util::future::join_all;

use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_subject_that_is_forgotten_is_erased_in_every_process,
    a_vault_that_went_back_in_time_hides_no_forgotten_subject,
    subjects_that_are_forgotten_keep_no_payload_waiting,
    keys_that_another_process_made_are_found,
    several_processes_make_one_first_key,
    a_store_without_the_tables_says_so,
    what_others_cannot_read_is_told,
    a_payload_waits_for_its_key_also_on_the_only_thread,
}

mod of_compact {
    use super::{Arc, Fixture, KeyVault, Layout, with_vault};

    async fn open() -> (Fixture, Arc<dyn KeyVault>) {
        let fixture = with_vault(Layout::Compact).await;
        let vault: Arc<dyn KeyVault> = Arc::new(fixture.store.clone());
        (fixture, vault)
    }

    eventstore_testkit::conformance_of_key_vaults!(open);
}

mod of_original {
    use super::{Arc, Fixture, KeyVault, Layout, with_vault};

    async fn open() -> (Fixture, Arc<dyn KeyVault>) {
        let fixture = with_vault(Layout::Original).await;
        let vault: Arc<dyn KeyVault> = Arc::new(fixture.store.clone());
        (fixture, vault)
    }

    eventstore_testkit::conformance_of_key_vaults!(open);
}

async fn with_vault(layout: Layout) -> Fixture {
    let fixture = Fixture::of(layout).await;
    for _ in 0..2 {
        PostgresAdmin::new(fixture.config.clone())
            .create_key_vault()
            .await
            .unwrap();
    }
    fixture
}

fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

async fn keys(config: &PostgresConfig) -> Arc<DurableKeys> {
    let keys = DurableKeys::open(PostgresStore::connect(config.clone()), master()).await;
    Arc::new(keys.unwrap())
}

fn serializer(keys: &Arc<DurableKeys>) -> Layered<Json, Encryption<DurableKeys>> {
    Json.with_layer(Encryption::new(Arc::clone(keys)))
}

async fn a_subject_that_is_forgotten_is_erased_in_every_process(layout: Layout) {
    let fixture = with_vault(layout).await;
    let processes = [keys(&fixture.config).await, keys(&fixture.config).await];
    let [one, other] = [0, 1].map(|index| serializer(&processes[index]));
    for subject in ["ada", "bob"] {
        processes[0].ensure(subject).await.unwrap();
    }
    let about = |subject| (one.for_subject(subject).serialize("secret").unwrap(), subject);
    let [about_ada, about_bob] = ["ada", "bob"].map(|subject| about(subject).0);
    assert_eq!(other.deserialize::<String>(&about_ada).unwrap(), "secret");
    other.for_subject("ada").serialize("secret").unwrap();

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
    for process in &processes {
        assert!(process.ensure("ada").await.is_err());
        assert!(process.rotate("ada").await.is_err());
    }
    let opened_later = serializer(&keys(&fixture.config).await);
    let unreadable = opened_later.deserialize::<String>(&about_ada).unwrap_err();
    assert_eq!(unreadable.erased_subject(), Some("ada"));
}

async fn subjects_that_are_forgotten_keep_no_payload_waiting(layout: Layout) {
    let fixture = with_vault(layout).await;
    let (keys, other) = (keys(&fixture.config).await, keys(&fixture.config).await);
    other.ensure("ada").await.unwrap();
    let names: Vec<_> = (0..50).map(|index| format!("subject {index}")).collect();
    let forgetting = join_all(names.iter().map(|name| keys.forget(name)));
    let loading = async {
        // All of them are deleted by then, and waited for.
        while fixture.store.forgotten_after(0, 100).await.unwrap().len() < 50 {
            tokio::task::yield_now().await;
        }
        let began_at = Instant::now();
        keys.load(["ada"]).await.unwrap();
        began_at.elapsed()
    };
    let (forgotten, loaded_in) = tokio::join!(forgetting, loading);
    assert!(loaded_in < Duration::from_secs(2), "{loaded_in:?}");
    assert!(forgotten.iter().all(Result::is_ok), "{forgotten:?}");
}

/// As after a restore: numbers of forgotten subjects begin again.
async fn a_vault_that_went_back_in_time_hides_no_forgotten_subject(layout: Layout) {
    let fixture = with_vault(layout).await;
    let [one, other] = [keys(&fixture.config).await, keys(&fixture.config).await];
    for subject in ["ada", "bob"] {
        one.ensure(subject).await.unwrap();
    }
    let about_bob = serializer(&other).for_subject("bob").serialize("secret").unwrap();
    one.forget("ada").await.unwrap();
    let back = "DELETE FROM eventstore_subjects WHERE subject = 'ada'; UPDATE eventstore_last_forgotten SET number = 0";
    sqlx::raw_sql(back).execute(&mut fixture.session().await).await.unwrap();
    one.forget("bob").await.unwrap();
    let unreadable = serializer(&other).deserialize::<String>(&about_bob).unwrap_err();
    assert_eq!(unreadable.erased_subject(), Some("bob"));
}

async fn keys_that_another_process_made_are_found(layout: Layout) {
    let fixture = with_vault(layout).await;
    let [one, other] = [keys(&fixture.config).await, keys(&fixture.config).await];
    one.ensure("ada").await.unwrap();
    let first = serializer(&one).for_subject("ada").serialize("first").unwrap();
    other.load(["ada", "never seen"]).await.unwrap();
    assert_eq!(serializer(&other).deserialize::<String>(&first).unwrap(), "first");
    one.rotate("ada").await.unwrap();
    let second = serializer(&one).for_subject("ada").serialize("second").unwrap();
    assert_eq!(one.current_key("ada").unwrap().unwrap().id(), 2);
    assert_eq!(serializer(&other).deserialize::<String>(&second).unwrap(), "second");
    assert_eq!(serializer(&other).deserialize::<String>(&first).unwrap(), "first");

    let SubjectKeys::Kept(stored) = fixture.store.keys_of("ada").await.unwrap() else {
        panic!("it is forgotten");
    };
    for (stored, number) in stored.iter().zip(1..) {
        let secret = *one.key("ada", number).unwrap().unwrap().bytes();
        assert!(
            !stored.bytes.windows(32).any(|part| part == secret),
            "key {number} is stored as it is"
        );
    }
}

async fn several_processes_make_one_first_key(layout: Layout) {
    let fixture = with_vault(layout).await;
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

async fn a_store_without_the_tables_says_so(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let opened = DurableKeys::open(PostgresStore::connect(fixture.config.clone()), master()).await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error.downcast_ref(), Some(Error::NotInitialized { .. })),
        "{error:?}"
    );
}

async fn what_others_cannot_read_is_told(layout: Layout) {
    let fixture = with_vault(layout).await;
    let keys = keys(&fixture.config).await;
    let unknown = serializer(&keys)
        .for_subject("never seen")
        .serialize("secret")
        .unwrap_err();
    assert_eq!(unknown.erased_subject(), None);
    keys.ensure("ada").await.unwrap();
    let written = serializer(&keys).for_subject("ada").serialize("secret").unwrap();
    let of_another = MasterKey::new([8; 32]);
    let of_another = DurableKeys::open(PostgresStore::connect(fixture.config.clone()), of_another).await;
    let unreadable = serializer(&Arc::new(of_another.unwrap()))
        .deserialize::<String>(&written)
        .unwrap_err();
    assert_eq!(unreadable.erased_subject(), None);
    assert!(!format!("{unreadable:?}").contains("secret"));
}

async fn a_payload_waits_for_its_key_also_on_the_only_thread(layout: Layout) {
    let fixture = with_vault(layout).await;
    let (one, other) = (keys(&fixture.config).await, keys(&fixture.config).await);
    one.ensure("ada").await.unwrap();
    // Nothing is loaded there: the thread of this test, the only one of its runtime, waits.
    let written = serializer(&other).for_subject("ada").serialize("secret").unwrap();
    assert_eq!(serializer(&one).deserialize::<String>(&written).unwrap(), "secret");
}
