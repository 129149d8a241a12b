use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::{Error, Result};
use sqlx::PgConnection;
use tokio::time::timeout;

use crate::connection::{Pool, Session, SessionConnection};
use crate::error::reading;
use crate::group_commit::{LockWaits, Writer};
use crate::lease::LockSession;
use crate::notifier::Hub;
use crate::schema::{CorrelationIndex, find_correlation_index, find_store};
use crate::statements::Statements;
use crate::{DataType, Layout, OnConnection, PostgresConfig};

/// An event store in one schema of a `PostgreSQL` database; cheap to clone.
///
/// Appends that are called at the same time share transactions, each with an outcome of its own. They belong to the
/// runtime that the store was connected on: an append whose caller goes away is not cut off in the middle.
///
/// # Locks
///
/// An append locks the rows of the streams in its transaction, in the order of their names, then the row of `$all`, until
/// it is committed. A task that awaits an append while a transaction of its own holds `$all`, by an append on
/// [another connection](Self::on), waits for itself until the statement times out.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) statements: Arc<Statements>,
    pub(crate) hub: Hub,
    pub(crate) locks: LockSession,
    pub(crate) hard_deletes: bool,
    pub(crate) layout: Layout,
    pub(crate) data_type: DataType,
    /// How many numbers a statement looks at that cannot go straight to the events that match.
    pub(crate) scan_window: NonZeroU32,
    pub(crate) has_correlation_index: bool,
    pub(crate) lock_waits: LockWaits,
    pub(crate) writer: Writer,
    pool: Pool,
}

impl PostgresStore {
    /// Connects to an initialised store.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialised`] if there is no event store, or one that this version cannot work on
    /// - [`Error::AccessDenied`] or [`Error::Unavailable`]
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn connect(config: PostgresConfig) -> Result<Self> {
        let pool = Pool::new(&config)?;
        let checked = timeout(
            config.connect_timeout() + config.statement_timeout(),
            check(&config, &pool),
        )
        .await;
        let (layout, data_type, has_correlation_index) = checked.unwrap_or_else(|_| Err(no_answer(&config)))?;
        let statements = Arc::new(Statements::new(config.schema(), layout, data_type));
        Ok(Self {
            inner: Arc::new(Inner {
                statements: Arc::clone(&statements),
                hard_deletes: config.hard_deletes(),
                scan_window: config.scan_window(),
                has_correlation_index,
                writer: Writer::new(pool.size()),
                lock_waits: LockWaits::new(&config, pool.size()),
                hub: Hub::new(config.clone()),
                locks: LockSession::new(config, statements),
                pool,
                layout,
                data_type,
            }),
        })
    }

    /// How the events stand in tables.
    pub fn layout(&self) -> Layout {
        self.inner.layout
    }

    /// What the columns hold that payloads are kept in.
    pub fn data_type(&self) -> DataType {
        self.inner.data_type
    }

    /// The same store on a connection of the caller's: what it does there belongs to the caller's transaction.
    pub fn on<'c>(&self, connection: &'c mut PgConnection) -> OnConnection<'c> {
        OnConnection::new(self.clone(), connection)
    }

    /// Refuses appends from now on, and waits until all that were called are carried out.
    pub async fn close(&self) {
        self.inner.writer.close().await;
    }

    pub(crate) async fn session(&self) -> Result<Session<'_>> {
        let client = self.inner.pool.client().await?;
        Ok(Session::new(&self.inner, SessionConnection::Pooled(client)))
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.inner.statements
    }
}

/// Which kind of store stands there, and whether its index on correlation ids can be used. The first connection of the
/// pool answers that, and stays there.
async fn check(config: &PostgresConfig, pool: &Pool) -> Result<(Layout, DataType, bool)> {
    let mut client = pool.client().await?;
    let checked = client.run(async |connection| Ok(check_on(connection, config).await));
    checked.await.map_err(reading)?
}

async fn check_on(connection: &mut PgConnection, config: &PostgresConfig) -> Result<(Layout, DataType, bool)> {
    let (layout, data_type) = find_store(connection, config).await?;
    let index = find_correlation_index(connection, config.schema()).await?;
    Ok((layout, data_type, index == CorrelationIndex::Valid))
}

fn no_answer(config: &PostgresConfig) -> Error {
    Error::Unavailable {
        message: format!("no answer from {}", config.server()),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use eventstore_core::{
        Append, Direction, EventLinker, EventReader, EventType, EventWriter, ExpectedVersion, Link, NewEvent,
        PageRequest, StreamName,
    };
    use eventstore_testkit::TestDatabase;
    use uuid::Uuid;

    use super::*;
    use crate::{DataType, initialise};

    /// Behaviours: R1.39, R2.18, R3.3, R17.1, T59.
    #[tokio::test]
    async fn every_append_link_and_page_is_the_same_statement_whatever_its_size() {
        for layout in [Layout::Compact, Layout::Original] {
            let database = TestDatabase::create().await;
            let config = PostgresConfig::from_url(database.url()).unwrap();
            initialise(&config, layout, DataType::Bytea).await.unwrap();
            let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
                .await
                .unwrap();
            for (events, expected) in [
                (1, ExpectedVersion::NoStream),
                (1_000, ExpectedVersion::Any),
                (2_001, ExpectedVersion::Exact(1_001.into())),
            ] {
                let append = append(events, expected);
                let ids = append.event_ids().collect();
                store.append(append).await.unwrap();
                store.read_page(page(events)).await.unwrap();
                let target = StreamName::new("links").unwrap();
                let link = Link::new(target, ExpectedVersion::Any, ids).unwrap();
                store.link(link).await.unwrap();
            }
            let prepared = "SELECT count(*) FROM pg_prepared_statements
                WHERE statement NOT LIKE '%pg_prepared_statements%'";
            let mut session = store.session().await.unwrap();
            let prepared =
                session.read(async |connection| sqlx::query_scalar::<_, i64>(prepared).fetch_one(connection).await);
            assert_eq!(prepared.await.unwrap(), 3, "{layout}");
        }
    }

    fn append(events: u32, expected: ExpectedVersion) -> Append {
        let event_type = EventType::new("Happened").unwrap();
        let events = (0..events).map(|_| NewEvent::new(Uuid::now_v7(), event_type.clone(), "{}"));
        Append::new(StreamName::new("s").unwrap(), expected, events.collect()).unwrap()
    }

    fn page(limit: u32) -> PageRequest {
        PageRequest::new(StreamName::new("s").unwrap(), Direction::Forward, 1.into(), limit)
    }
}
