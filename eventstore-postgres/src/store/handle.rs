use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_backend::CheckpointGroup;
use eventstore_core::backend::{LeaseToken, PayloadFormat, PayloadStorage};
use eventstore_core::{Closable, Error, Result};
use tokio::time::timeout;

use crate::admin::PostgresAdmin;
use crate::append::GroupCommit;
use crate::config::PostgresConfig;
use crate::connection::PooledSessions;
use crate::error::reading;
use crate::notify::Hub;
use crate::schema::open_store;
use crate::store::shared::Shared;
use crate::subscriptions::{GroupsInHand, StoreLocks};
use crate::values::{DataType, Layout};

/// An event store in one schema of a `PostgreSQL` database; cheap to clone.
///
/// Concurrent appends share transactions, and each append has its own outcome. Appends belong to the runtime on which the
/// store was connected: if the caller of an append goes away, the append is not cut off in the middle.
///
/// # Locks
///
/// An append locks the rows of the streams in its transaction, in the order of their names, then the row of `$all`, and
/// holds the locks until the commit. If a task awaits an append while its own transaction on [another
/// connection](Self::on) holds the row of `$all` through an earlier append, the task waits for itself until the statement
/// times out.
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) inner: Arc<Inner>,
    /// Those of this handle wait no longer for an answer than the handle allows.
    pub(super) sessions: PooledSessions,
}

/// What the handles of a store share beside its sessions.
pub(super) struct Inner {
    pub(super) appends: GroupCommit,
    pub(super) hub: Arc<Hub>,
    pub(super) locks: StoreLocks,
    pub(super) checkpoints: CheckpointGroup,
    pub(super) groups: GroupsInHand,
    shared: Shared,
}

impl PostgresStore {
    /// Opens the store of this URL, and creates what is missing: the database, the schema, and tables of the layout `compact`.
    ///
    /// Payloads are bytes unless the URL says otherwise (`data_type`). A store that exists is opened as it is, also one that the Elixir
    /// EventStore made. [`PostgresConfig::from_url`] describes the URL; [`PostgresAdmin`](crate::PostgresAdmin) creates another kind of
    /// store.
    ///
    /// ```no_run
    /// # async fn example() -> eventstore_core::Result<()> {
    /// let store = eventstore_postgres::PostgresStore::open("postgres://localhost/bank").await?;
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the future is dropped, what it has created remains.
    ///
    /// # Errors
    ///
    /// - [`Error::AccessDenied`] if something is missing that the user may not create
    /// - the errors of [`connect`](Self::connect)
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn open(url: &str) -> Result<Self> {
        let config = PostgresConfig::from_url(url)?;
        match Self::connect(config.clone()).await {
            Err(Error::NotInitialized { .. }) => {
                create_what_is_missing(&config).await?;
                Self::connect(config).await
            }
            connected => connected,
        }
    }

    /// Connects to an initialized store.
    ///
    /// # Errors
    ///
    /// - [`Error::NotInitialized`] if there is no event store, or one that this version cannot work on
    /// - [`Error::InvalidInput`] naming `session_url` if that URL leads to another server or database than the pool
    /// - [`Error::AccessDenied`] or [`Error::Unavailable`]
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn connect(config: PostgresConfig) -> Result<Self> {
        config.check()?;
        let shared = Shared::new(&config)?;
        Box::pin(Self::connect_by(config, shared)).await
    }

    /// Connects to another store in the same database through the pool of this store.
    ///
    /// Many tenants can share one pool this way, and their subscriptions share one connection that listens and one that
    /// holds locks. Each store can be closed without the others.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] naming `pool`, unless both stores have the same settings for connections: server, database,
    ///   user, password source, size and times, and the same pool if one was given by [`PostgresConfig::from_pool`]
    /// - the errors of [`connect`](Self::connect)
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn connect_sharing_pool(&self, config: PostgresConfig) -> Result<Self> {
        config.check()?;
        config.refuse_other_connections(&self.sessions.context().config)?;
        Box::pin(Self::connect_by(config, self.inner.shared.clone())).await
    }

    async fn connect_by(config: PostgresConfig, shared: Shared) -> Result<Self> {
        let sessions = open_store(config, shared.pool.clone()).await?;
        let context = sessions.context();
        let storage_epoch = shared.pool.storage_epoch().clone();
        let hub = Arc::new(Hub::new(context, storage_epoch, Arc::clone(&shared.listener)));
        Ok(Self {
            inner: Arc::new(Inner {
                appends: GroupCommit::new(&sessions, Arc::clone(&hub)),
                locks: StoreLocks::new(context, Arc::clone(&shared.locks)),
                checkpoints: CheckpointGroup::default(),
                groups: GroupsInHand::default(),
                hub,
                shared,
            }),
            sessions,
        })
    }

    /// Returns a handle on the same store whose calls wait at most this long for a connection, and for the answer to each
    /// statement.
    ///
    /// A read, or a wait for a connection, that takes longer fails with [`Error::TimedOut`]. A change that takes longer
    /// fails with [`Error::OutcomeUnknown`], because the server may carry it out all the same.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            sessions: self.sessions.within(timeout),
        }
    }

    /// A call that changes nothing that could be in doubt, and that is not waited for longer than this handle allows.
    pub(super) async fn in_time_or_not_at_all<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let call = async { Ok(call.await) };
        self.sessions.answer_limit().hold(call).await.map_err(reading)?
    }

    /// A change that no caller waits for longer than this handle allows.
    pub(super) async fn in_time<T>(&self, change: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(limit) = self.sessions.limit() else {
            return change.await;
        };
        let unknown = |elapsed| {
            Err(Error::OutcomeUnknown {
                source: Box::new(elapsed),
            })
        };
        timeout(limit, change).await.unwrap_or_else(unknown)
    }

    /// Returns the layout of the store's tables.
    pub fn layout(&self) -> Layout {
        self.sessions.context().tables.layout
    }

    /// Returns the type of the columns that hold payloads.
    pub fn data_type(&self) -> DataType {
        self.sessions.context().tables.data_type
    }

    /// Closes the store: refuses further calls, waits for changes under way, and ends subscriptions.
    ///
    /// Calls through any handle fail with [`Error::StoreClosed`] from now on. `close` waits until the changes that were
    /// called are carried out, then ends all listeners: subscriptions store their checkpoints and end.
    ///
    /// Appends are carried out even if their callers go away. Every other change (`append_set`, links, deletions, imports
    /// and so on) progresses only while its future is polled; `close` waits for them no longer
    /// than `acquire_timeout` and `statement_timeout` together, in case a future is no longer polled. `close` does not wait for reads. Closing a closed store changes nothing.
    ///
    /// The store is closed from the first poll of this future on. If the future is then dropped, listeners are ended by
    /// another `close` or with the last handle.
    pub async fn close(&self) {
        self.sessions.begin_to_close();
        self.inner.appends.close().await;
        self.sessions.wait_for_changes().await;
        self.inner.hub.close();
    }

    /// For the tests of the rooms below.
    #[cfg(test)]
    pub(crate) fn sessions(&self) -> &PooledSessions {
        &self.sessions
    }

    /// The holder of a lease stores its last checkpoints while the store closes.
    pub(super) fn refuse_if_closed_beside(&self, lease: LeaseToken) -> Result<()> {
        if self.inner.locks.is_in_hand(lease) || self.inner.groups.holds(lease) {
            return Ok(());
        }
        self.sessions.refuse_if_closed()
    }
}

#[async_trait]
impl Closable for PostgresStore {
    async fn close(&self) {
        Self::close(self).await;
    }
}

impl PayloadStorage for PostgresStore {
    fn payload_format(&self) -> PayloadFormat {
        self.data_type().payload_format()
    }
}

async fn create_what_is_missing(config: &PostgresConfig) -> Result<()> {
    let admin = PostgresAdmin::new(config.clone());
    let data_type = config.data_type().unwrap_or(DataType::Bytea);
    let initialized = admin.initialize(Layout::Compact, data_type).await;
    // The database is created only where it is missing: a role that may create tables need not be allowed to create databases.
    if !matches!(initialized, Err(Error::NotInitialized { .. })) || admin.has_database().await? {
        return initialized.map(drop);
    }
    // Another process may create it meanwhile; the tables are created once in any case.
    admin.create_database().await?;
    admin.initialize(Layout::Compact, data_type).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use eventstore_core::backend::PageRequest;
    use eventstore_core::{
        Append, Direction, EventLinker, EventReader, EventType, EventWriter, ExpectedVersion, Link, NewEvent,
        StreamName,
    };
    use eventstore_testkit::TestDatabase;
    use uuid::Uuid;

    use super::*;

    /// Behaviours: R1.39, R2.18, R3.3, R17.1, T59.
    #[tokio::test]
    async fn every_append_link_and_page_is_the_same_statement_whatever_its_size() {
        for layout in [Layout::Compact, Layout::Original] {
            let database = TestDatabase::create().await;
            let config = PostgresConfig::from_url(database.url()).unwrap();
            let admin = PostgresAdmin::new(config.clone());
            admin.initialize(layout, DataType::Bytea).await.unwrap();
            let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
                .await
                .unwrap();
            for (events, expected) in [
                (1, ExpectedVersion::NoStream),
                (1_000, ExpectedVersion::Any),
                (2_001, ExpectedVersion::Exact(1_001.into())),
            ] {
                let append = append(events, expected);
                let ids: Vec<_> = append.event_ids().collect();
                store.append(append).await.unwrap();
                store.read_page(page(events)).await.unwrap();
                let target = StreamName::new("links").unwrap();
                let link = Link::new(target, ExpectedVersion::Any, ids).unwrap();
                store.link(link).await.unwrap();
            }
            let prepared = "SELECT count(*) FROM pg_prepared_statements
                WHERE statement NOT LIKE '%pg_prepared_statements%'";
            let mut session = store.sessions.session().await.unwrap();
            let prepared =
                session.read(async |connection| sqlx::query_scalar::<_, i64>(prepared).fetch_one(connection).await);
            assert_eq!(prepared.await.unwrap(), 3, "{layout}");
        }
    }

    fn append(events: u32, expected: ExpectedVersion) -> Append {
        let event_type = EventType::new("Happened").unwrap();
        let events = (0..events).map(|_| NewEvent::new(Uuid::now_v7(), event_type.clone(), "{}"));
        Append::new(StreamName::new("s").unwrap(), expected, events).unwrap()
    }

    fn page(limit: u32) -> PageRequest {
        PageRequest::new(StreamName::new("s").unwrap(), Direction::Forward, 1.into(), limit)
    }
}
