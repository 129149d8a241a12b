//! A password that changes while the store runs.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{BoxError, Error, EventWriter, ExpectedVersion, StreamSelector, SubscriptionName};
use eventstore_postgres::{DataType, Layout, Login, PasswordSource, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscriptions};
use eventstore_testkit::server::{Durability, LocalServer};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::timeout;
use url::Url;

use crate::support::append;

const LIMIT: Duration = Duration::from_secs(30);

/// Passwords, the last of which is the current one.
#[derive(Clone)]
struct Source {
    current: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Source {
    fn new(password: &str) -> Self {
        Self {
            current: Arc::new(Mutex::new(password.to_owned())),
            asked: Arc::default(),
        }
    }

    fn change(&self, password: &str) {
        password.clone_into(&mut self.current.lock().unwrap());
    }
}

#[async_trait]
impl PasswordSource for Source {
    async fn password(&self, login: &Login<'_>) -> Result<String, BoxError> {
        assert_eq!((login.user, login.database), ("app", "postgres"));
        assert!(login.port > 0 && !login.host.is_empty());
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.current.lock().unwrap().clone())
    }
}

/// Gives nothing: an error, or no answer at all.
struct Failing {
    answers: bool,
}

#[async_trait]
impl PasswordSource for Failing {
    async fn password(&self, _: &Login<'_>) -> Result<String, BoxError> {
        if self.answers {
            return Err("the vault is sealed".into());
        }
        pending().await
    }
}

/// A server with a user of this password, and the settings of that user without it.
async fn server(password: &str) -> Option<(LocalServer, PgConnection, PostgresConfig)> {
    let Ok(server) = LocalServer::start(Durability::Relaxed) else {
        eprintln!("not run: there are no programs of a server");
        return None;
    };
    let mut administrator = PgConnection::connect(server.url()).await.unwrap();
    set_password(&mut administrator, "CREATE ROLE app LOGIN SUPERUSER PASSWORD", password).await;
    let mut url = Url::parse(server.url()).unwrap();
    url.set_username("app").unwrap();
    url.set_password(None).unwrap();
    url.set_path("postgres");
    let config = PostgresConfig::from_url(url.as_str()).unwrap();
    Some((server, administrator, config))
}

async fn set_password(administrator: &mut PgConnection, statement: &str, password: &str) {
    let statement = AssertSqlSafe(format!("{statement} '{password}'"));
    administrator.execute(statement).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_after_its_password_was_changed() {
    let Some((_server, mut administrator, config)) = server("first").await else {
        return;
    };
    let source = Source::new("first");
    let config = config.with_password_source(source.clone());
    PostgresAdmin::new(config.clone())
        .initialize(Layout::default(), DataType::default())
        .await
        .unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let request = Subscribe::new(SubscriptionName::new("x").unwrap(), StreamSelector::All);
    let mut subscription = Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap();
    store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    let events = timeout(LIMIT, subscription.next()).await.unwrap().unwrap().unwrap();
    subscription.ack_batch(&events).await.unwrap();

    for password in ["second", "third"] {
        set_password(&mut administrator, "ALTER ROLE app PASSWORD", password).await;
        source.change(password);
        let asked = source.asked.load(Ordering::SeqCst);
        administrator
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
            .await
            .unwrap();
        let append_surely = async {
            while let Err(error) = store.append(append("s", ExpectedVersion::Any, 1)).await {
                assert!(error.is_retryable(), "{error:?}");
            }
        };
        timeout(LIMIT, append_surely).await.unwrap();
        let events = timeout(LIMIT, subscription.next()).await.unwrap().unwrap().unwrap();
        subscription.ack_batch(&events).await.unwrap();
        assert!(source.asked.load(Ordering::SeqCst) > asked);
    }
}

/// The second time that it is asked it gives the new one.
struct Late(AtomicUsize);

#[async_trait]
impl PasswordSource for Late {
    async fn password(&self, _: &Login<'_>) -> Result<String, BoxError> {
        let passwords = ["before", "after"];
        Ok(passwords[self.0.fetch_add(1, Ordering::SeqCst).min(1)].to_owned())
    }
}

#[tokio::test]
async fn a_password_that_was_changed_just_now_is_asked_for_again() {
    let Some((_server, _administrator, config)) = server("after").await else {
        return;
    };
    let config = config.with_password_source(Late(AtomicUsize::new(0)));
    PostgresAdmin::new(config.clone())
        .initialize(Layout::default(), DataType::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_a_source_without_one_are_told_apart() {
    let Some((_server, _administrator, config)) = server("right").await else {
        return;
    };
    let initialized = async |config: PostgresConfig| {
        let initialized = PostgresAdmin::new(config.clone())
            .initialize(Layout::default(), DataType::default())
            .await;
        initialized.unwrap_err()
    };
    let source = Source::new("wrong password");
    let wrong = initialized(config.clone().with_password_source(source.clone())).await;
    assert!(matches!(wrong, Error::AccessDenied { .. }), "{wrong:?}");
    assert!(!format!("{wrong:?} {wrong}").contains("wrong password"));
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);

    let sealed = initialized(config.clone().with_password_source(Failing { answers: true })).await;
    let Error::Unavailable {
        source: Some(source), ..
    } = &sealed
    else {
        panic!("{sealed:?}");
    };
    assert_eq!(source.to_string(), "the vault is sealed");

    let silent = config.with_password_source(Failing { answers: false });
    let silent = initialized(silent.with_connect_timeout(Duration::from_millis(200))).await;
    assert!(silent.to_string().contains("connect_timeout"), "{silent}");
}
