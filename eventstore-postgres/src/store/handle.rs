use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use eventstore_core::backend::{CheckpointOutcome, LeaseToken, PayloadFormat, PayloadStorage};
use eventstore_core::{Closable, Error, EventNumber, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::append::group::{LockWaits, Writer};
use crate::connection::{
    Begin, Client, Identity, Pool, PostgresTransaction, Session, SessionConnection, connect, refuse_passing_session,
};
use crate::error::{Limit, reading};
use crate::notify::Hub;
use crate::observe::{self, Label};
use crate::schema::{CorrelationIndex, find_additions, find_correlation_index, find_store};
use crate::sql::Statements;
use crate::store::shared::Shared;
use crate::subscriptions::CheckpointGroup;
use crate::subscriptions::lease::LockSession;
use crate::{DataType, Layout, OnConnection, PostgresConfig};

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
    pub(crate) inner: Arc<Inner>,
    /// How long a call of this handle may wait for an answer, if that is less than what the store is set to.
    call_timeout: Option<Duration>,
}

pub(crate) struct Inner {
    pub(crate) statements: Arc<Statements>,
    label: Label,
    pub(crate) hub: Hub,
    pub(crate) locks: LockSession,
    checkpoints: CheckpointGroup,
    pub(crate) hard_deletes: bool,
    pub(crate) layout: Layout,
    pub(crate) data_type: DataType,
    /// How many numbers a statement scans that cannot go straight to the matching events.
    pub(crate) scan_window: NonZeroU32,
    pub(crate) has_correlation_index: bool,
    /// Whether the tables are there that are not shared with the other library.
    pub(crate) has_additions: bool,
    pub(crate) lock_waits: LockWaits,
    pub(crate) writer: Writer,
    /// The changes under way that are carried out by their callers.
    changes: TaskTracker,
    pub(crate) config: PostgresConfig,
    /// How a statement of ours has a transaction on a connection of a caller's that is in none.
    pub(crate) begin_callers: Begin,
    shared: Shared,
}

impl PostgresStore {
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
        config.refuse_other_connections(&self.inner.config)?;
        Box::pin(Self::connect_by(config, self.inner.shared.clone())).await
    }

    async fn connect_by(config: PostgresConfig, shared: Shared) -> Result<Self> {
        let checked = timeout(
            config.connect_timeout() + config.statement_timeout(),
            check(&config, &shared.pool),
        )
        .await;
        let Checked {
            layout,
            data_type,
            has_correlation_index,
            has_additions,
        } = checked.unwrap_or_else(|_| Err(no_answer(&config)))?;
        let preparation = config.preparation();
        let statements = Arc::new(Statements::new(config.schema(), layout, data_type, preparation));
        Ok(Self {
            inner: Arc::new(Inner {
                statements: Arc::clone(&statements),
                hard_deletes: config.hard_deletes(),
                scan_window: config.scan_window(),
                has_correlation_index,
                has_additions,
                writer: Writer::new(shared.pool.size()),
                changes: TaskTracker::new(),
                lock_waits: LockWaits::new(&config, shared.pool.size()),
                hub: Hub::new(
                    &config,
                    Arc::clone(&statements),
                    data_type,
                    shared.pool.storage_epoch().clone(),
                    Arc::clone(&shared.listener),
                ),
                label: Label::of(config.schema()),
                locks: LockSession::new(&config, Arc::clone(&shared.locks), statements, layout, has_additions),
                checkpoints: CheckpointGroup::default(),
                begin_callers: Begin::for_callers(&config),
                config,
                shared,
                layout,
                data_type,
            }),
            call_timeout: None,
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
            call_timeout: Some(timeout),
            ..self.clone()
        }
    }

    /// The same store without a limit for single calls.
    pub(crate) fn without_timeout(&self) -> Self {
        Self {
            call_timeout: None,
            ..self.clone()
        }
    }

    /// How long an answer may take on a connection that the store does not limit.
    pub(crate) fn call_limit(&self) -> Limit {
        self.call_timeout.map_or(Limit::NONE, limit_of_call)
    }

    /// A call that changes nothing that could be in doubt, and that is not waited for longer than this handle allows.
    pub(crate) async fn in_time_or_not_at_all<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let call = async { Ok(call.await) };
        self.call_limit().hold(call).await.map_err(reading)?
    }

    /// A change that no caller waits for longer than this handle allows.
    pub(crate) async fn in_time<T>(&self, change: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(limit) = self.call_timeout else {
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
        self.inner.layout
    }

    /// Returns the type of the columns that hold payloads.
    pub fn data_type(&self) -> DataType {
        self.inner.data_type
    }

    /// Returns the same store on a connection of the caller's; what it does there belongs to the caller's transaction.
    pub fn on<'c>(&self, connection: &'c mut PgConnection) -> OnConnection<'c> {
        OnConnection::new(self.clone(), connection)
    }

    /// Closes the store: refuses further calls, waits for changes under way, and ends subscriptions.
    ///
    /// Calls through any handle fail with [`Error::StoreClosed`] from now on. `close` waits until the changes that were
    /// called are carried out, then ends all listeners: subscriptions store their checkpoints and end.
    ///
    /// Appends are carried out even if their callers go away. Every other change (`append_set`, links, deletions, imports
    /// and so on) progresses only while its future is polled; `close` waits for them no longer
    /// than `acquire_timeout` and `statement_timeout` together, in case a future is no longer polled. `close` does not wait for reads. Closing a closed store changes nothing.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.changes.close();
        let longest = self.inner.config.acquire_timeout() + self.inner.config.statement_timeout();
        if timeout(longest, self.inner.changes.wait()).await.is_err() {
            warn!(
                changes = self.inner.changes.len(),
                "closed while changes were under way"
            );
        }
        self.inner.hub.close();
    }

    /// A session for a change, which the closing of the store waits for.
    pub(crate) async fn session_for_change(&self) -> Result<Session<'_>> {
        let change = self.inner.changes.token();
        Ok(self.session().await?.for_change(change))
    }

    pub(crate) async fn session(&self) -> Result<Session<'_>> {
        self.refuse_if_closed()?;
        self.session_while_closing().await
    }

    /// A session for what was begun before the store was closed, and has to end.
    pub(crate) async fn session_while_closing(&self) -> Result<Session<'_>> {
        let client = self.client(self.call_timeout).await?;
        Ok(Session::new(&self.inner, SessionConnection::Pooled(client)))
    }

    /// A session for the holder of a lease, whose last checkpoints are stored while the store closes.
    pub(crate) async fn session_under(&self, lease: LeaseToken) -> Result<Session<'_>> {
        self.refuse_if_closed_beside(lease)?;
        self.session_while_closing().await
    }

    /// Together with others, unless this handle limits how long the call may wait.
    pub(crate) async fn save_checkpoint_of(
        &self,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        self.refuse_if_closed_beside(lease)?;
        if self.call_timeout.is_none() && self.inner.checkpoints.save(self, lease, checkpoint).await? {
            return Ok(CheckpointOutcome::Saved);
        }
        self.session_under(lease)
            .await?
            .save_checkpoint(lease, checkpoint)
            .await
    }

    pub(crate) async fn begin(&self) -> Result<PostgresTransaction> {
        self.refuse_if_closed()?;
        PostgresTransaction::begin(self.client(self.call_timeout).await?).await
    }

    async fn client(&self, limit: Option<Duration>) -> Result<Client> {
        let started = Instant::now();
        let client = self.inner.shared.pool.client(limit).await;
        observe::pooled(self.label(), started.elapsed());
        client
    }

    pub(crate) fn refuse_if_closed(&self) -> Result<()> {
        if self.inner.writer.is_closed() {
            return Err(Error::StoreClosed);
        }
        Ok(())
    }

    pub(crate) fn refuse_if_closed_beside(&self, lease: LeaseToken) -> Result<()> {
        if self.inner.locks.is_in_hand(lease) {
            return Ok(());
        }
        self.refuse_if_closed()
    }

    pub(crate) fn label(&self) -> &Label {
        &self.inner.label
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.inner.statements
    }

    pub(crate) fn has_additions(&self) -> bool {
        self.inner.has_additions
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

/// What the schema holds.
struct Checked {
    layout: Layout,
    data_type: DataType,
    /// Whether the index on correlation ids can be used.
    has_correlation_index: bool,
    has_additions: bool,
}

/// The first connection of the pool finds what the schema holds, and stays in the pool.
async fn check(config: &PostgresConfig, pool: &Pool) -> Result<Checked> {
    let mut client = pool.client(None).await?;
    let checked = client.run_one(async |connection| Ok(check_on(connection, config).await));
    let checked = checked.await.map_err(reading)??;
    if config.has_session_url() {
        check_session(config).await?;
    }
    Ok(checked)
}

/// A session that cannot be opened now is checked before it is used.
async fn check_session(config: &PostgresConfig) -> Result<()> {
    let mut session = match connect(config, "check").await {
        Err(error) if error.is_retryable() => {
            warn!(%error, "the server that `session_url` leads to could not be checked");
            return Ok(());
        }
        session => session?,
    };
    Identity::of_session(&mut session, config).await?;
    // The answer is known: how the connection ends no longer matters.
    let _ = session.close().await;
    Ok(())
}

async fn check_on(connection: &mut PgConnection, config: &PostgresConfig) -> Result<Checked> {
    if config.sets_sessions() {
        refuse_passing_session(config, connection).await?;
    }
    let (layout, data_type) = find_store(connection, config).await?;
    if let Some(expected) = config.data_type().filter(|expected| *expected != data_type) {
        let reason = format!("expected {expected}, but the schema holds a store of type {data_type}");
        return Err(Error::invalid_input("data_type", &reason));
    }
    let index = find_correlation_index(connection, config.schema()).await?;
    Ok(Checked {
        layout,
        data_type,
        has_correlation_index: index == CorrelationIndex::Valid,
        has_additions: find_additions(connection, config.schema()).await?,
    })
}

/// The longest that an answer to a call of this handle may take.
pub(crate) fn limit_of_call(time: Duration) -> Limit {
    Limit::by("with_timeout", time)
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

    use eventstore_core::backend::PageRequest;
    use eventstore_core::{
        Append, Direction, EventLinker, EventReader, EventType, EventWriter, ExpectedVersion, Link, NewEvent,
        StreamName,
    };
    use eventstore_testkit::TestDatabase;
    use uuid::Uuid;

    use super::*;
    use crate::{DataType, initialize};

    /// Behaviours: R1.39, R2.18, R3.3, R17.1, T59.
    #[tokio::test]
    async fn every_append_link_and_page_is_the_same_statement_whatever_its_size() {
        for layout in [Layout::Compact, Layout::Original] {
            let database = TestDatabase::create().await;
            let config = PostgresConfig::from_url(database.url()).unwrap();
            initialize(&config, layout, DataType::Bytea).await.unwrap();
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
