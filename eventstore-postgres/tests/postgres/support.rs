//! A store of its own for each test.

use std::time::{Duration, Instant};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Append, AppendReceipt, EventNumber, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read,
    Result, StreamName, StreamSelector,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, SchemaName};
use eventstore_subscriptions::Delivery;
use eventstore_testkit::TestDatabase;
use eventstore_testkit::conformance::Stop;
use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// An initialized store in a database that is removed in the end.
pub(crate) struct Fixture {
    pub(crate) store: PostgresStore,
    pub(crate) config: PostgresConfig,
    pub(crate) database: TestDatabase,
}

impl Fixture {
    /// Reads with the position of each event.
    pub(crate) async fn read(&self, read: Read) -> Vec<NumberedEvent> {
        let events = self.store.numbered(read.with_positions());
        events.try_collect().await.unwrap()
    }

    /// A store in the default layout.
    pub(crate) async fn new() -> Self {
        Self::of(Layout::default()).await
    }

    pub(crate) async fn of(layout: Layout) -> Self {
        Self::of_kind(layout, DataType::default()).await
    }

    pub(crate) async fn of_kind(layout: Layout, data_type: DataType) -> Self {
        Self::with(layout, data_type, PostgresConfig::enable_hard_deletes).await
    }

    /// A store of any kind, with settings of its own.
    pub(crate) async fn with(
        layout: Layout,
        data_type: DataType,
        configure: impl FnOnce(PostgresConfig) -> PostgresConfig,
    ) -> Self {
        let database = initialized(layout, data_type).await;
        let config = configure(PostgresConfig::from_url(database.url()).unwrap());
        Self::connect(database, config).await
    }

    /// As [`with`](Self::with), through `PgBouncer`.
    pub(crate) async fn pooled(
        layout: Layout,
        data_type: DataType,
        configure: impl FnOnce(PostgresConfig) -> PostgresConfig,
    ) -> Self {
        let database = initialized(layout, data_type).await;
        let config = pooled(&database.pooled_url(), database.url());
        Self::connect(database, configure(config)).await
    }

    async fn connect(database: TestDatabase, config: PostgresConfig) -> Self {
        let store = PostgresStore::connect(config.clone()).await.unwrap();
        Self {
            store,
            config,
            database,
        }
    }

    /// A connection of another application.
    pub(crate) async fn session(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }

    /// Whether the server ends sessions that ask nothing: `PostgreSQL` 13 does not.
    pub(crate) async fn ends_silent_sessions(&self) -> bool {
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 140000")
            .fetch_one(&mut self.session().await)
            .await
            .unwrap()
    }

    /// Puts a stream into the tables that never held an event.
    pub(crate) async fn put_empty_stream(&self, stream: &StreamName) {
        let insert = "INSERT INTO streams (stream_uuid) VALUES ($1)";
        sqlx::query(insert)
            .bind(stream.as_str())
            .execute(&mut self.session().await)
            .await
            .unwrap();
    }

    /// Notifies, as any role can that may connect, that a stream has reached this number.
    pub(crate) async fn forge_hint(&self, selector: &StreamSelector, number: EventNumber) {
        let notify =
            "SELECT pg_notify('public.events', $1 || ',' || coalesce(max(stream_id), 0) || ',1,' || $2::bigint)
                      FROM streams WHERE stream_uuid = $1";
        sqlx::query(notify)
            .bind(selector.as_str())
            .bind(i64::try_from(number.get()).unwrap())
            .execute(&mut self.session().await)
            .await
            .unwrap();
    }

    /// Ends the store's connections for this purpose, and waits until the server has let them go.
    pub(crate) async fn terminate(&self, purpose: &str) {
        let mut session = self.session().await;
        let ended: Vec<i32> = sqlx::query_scalar(
            "WITH connection AS MATERIALIZED (
                 SELECT pid FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name LIKE '% ' || $1
             )
             SELECT pid FROM connection WHERE pg_terminate_backend(pid)",
        )
        .bind(purpose)
        .fetch_all(&mut session)
        .await
        .unwrap();
        let some_are_left = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY ($1))";
        let started = Instant::now();
        while sqlx::query_scalar::<_, bool>(some_are_left)
            .bind(&ended)
            .fetch_one(&mut session)
            .await
            .unwrap()
        {
            assert!(started.elapsed() < Duration::from_secs(30), "{ended:?} do not end");
            tokio::task::yield_now().await;
        }
    }

    /// Ends the store as its owner does, or cuts all connections to this database as the end of a process does that is killed.
    pub(crate) async fn end(&self, stop: Stop) {
        match stop {
            Stop::Clean => self.store.close().await,
            Stop::Killed => self.terminate("%").await,
        }
    }

    /// Waits until some session of this database waits for a lock.
    pub(crate) async fn somebody_waits_for_a_lock(&self) {
        self.sessions_wait_for_locks(1).await;
    }

    /// Waits until so many sessions of this database wait for locks, or more.
    pub(crate) async fn sessions_wait_for_locks(&self, sessions: usize) {
        self.until_locks_are_waited_for(sessions, Duration::ZERO).await;
    }

    /// Waits until some session of this database has been at one statement for so long, and waits for a lock.
    pub(crate) async fn somebody_has_waited_for_a_lock(&self, time: Duration) {
        self.until_locks_are_waited_for(1, time).await;
    }

    async fn until_locks_are_waited_for(&self, sessions: usize, time: Duration) {
        let mut session = self.session().await;
        let waiting = "SELECT count(*) >= $1 FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event <> 'object'
                           AND clock_timestamp() - query_start >= make_interval(secs => $2)";
        let started = Instant::now();
        while !sqlx::query_scalar::<_, bool>(waiting)
            .bind(i64::try_from(sessions).unwrap())
            .bind(time.as_secs_f64())
            .fetch_one(&mut session)
            .await
            .unwrap()
        {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "no session waits for a lock"
            );
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn append(&self, stream: &str, expected: ExpectedVersion, events: usize) -> Result<AppendReceipt> {
        self.store.append(append(stream, expected, events)).await
    }
}

async fn initialized(layout: Layout, data_type: DataType) -> TestDatabase {
    TestDatabase::from_template(&format!("{layout} {data_type}"), async |url| {
        let config = PostgresConfig::from_url(url).unwrap();
        PostgresAdmin::new(config.clone())
            .initialize(layout, data_type)
            .await
            .unwrap();
    })
    .await
}

/// The store to which this URL of a pooler leads.
pub(crate) fn pooled(url: &str, session_url: &str) -> PostgresConfig {
    let config = PostgresConfig::from_url(url).unwrap().with_transaction_pooling(true);
    config.with_session_url(session_url).unwrap()
}

/// Makes two tests of each function that takes a layout.
macro_rules! in_both_layouts {
    ($($case:ident,)*) => {
        mod compact {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(eventstore_postgres::Layout::Compact).await;
                }
            )*
        }

        mod original {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(eventstore_postgres::Layout::Original).await;
                }
            )*
        }
    };
}
pub(crate) use in_both_layouts;

/// Makes two tests of each function that takes a type of payload columns.
macro_rules! with_both_types {
    ($($case:ident,)*) => {
        mod bytea {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(eventstore_postgres::DataType::Bytea).await;
                }
            )*
        }

        mod jsonb {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(eventstore_postgres::DataType::Jsonb).await;
                }
            )*
        }
    };
}
pub(crate) use with_both_types;

pub(crate) fn append(stream: &str, expected: ExpectedVersion, events: usize) -> Append {
    let events = (0..events).map(|_| event());
    Append::new(StreamName::new(stream).unwrap(), expected, events).unwrap()
}

pub(crate) fn event() -> NewEvent {
    NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}")
}

pub(crate) fn schema(name: &str) -> SchemaName {
    SchemaName::new(name).unwrap()
}

/// Events of `$all` as they are read, if nothing of them is different.
pub(crate) fn as_read(delivered: Vec<Delivery>) -> Vec<NumberedEvent> {
    let event = |Delivery { number, value, .. }| NumberedEvent { number, event: value };
    delivered.into_iter().map(event).collect()
}
