use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::connection::{Pool, Session, SessionConnection, connect};
use crate::error::reading;
use crate::lease::LockSession;
use crate::notifier::Hub;
use crate::schema::{CorrelationIndex, find_correlation_index, find_layout};
use crate::statements::Statements;
use crate::{Layout, OnConnection, PostgresConfig};

/// An event store in one schema of a `PostgreSQL` database; cheap to clone.
///
/// # Locks
///
/// An append locks the row of its stream, then the row of `$all`, until it is committed.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) statements: Statements,
    pub(crate) hub: Hub,
    pub(crate) locks: LockSession,
    pub(crate) hard_deletes: bool,
    pub(crate) layout: Layout,
    /// How many numbers a statement looks at that cannot go straight to the events that match.
    pub(crate) scan_window: NonZeroU32,
    pub(crate) has_correlation_index: bool,
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
        let checked = timeout(config.connect_timeout() + config.statement_timeout(), check(&config)).await;
        let (layout, has_correlation_index) = checked.unwrap_or_else(|_| Err(no_answer(&config)))?;
        let pool = Pool::new(&config)?;
        Ok(Self {
            inner: Arc::new(Inner {
                statements: Statements::new(config.schema(), layout),
                hard_deletes: config.hard_deletes(),
                scan_window: config.scan_window(),
                has_correlation_index,
                hub: Hub::new(config.clone()),
                locks: LockSession::new(config, layout),
                pool,
                layout,
            }),
        })
    }

    /// How the events stand in tables.
    pub fn layout(&self) -> Layout {
        self.inner.layout
    }

    /// The same store on a connection of the caller's: what it does there belongs to the caller's transaction.
    pub fn on<'c>(&self, connection: &'c mut PgConnection) -> OnConnection<'c> {
        OnConnection::new(self.clone(), connection)
    }

    pub(crate) async fn session(&self) -> Result<Session<'_>> {
        let client = self.inner.pool.client().await?;
        Ok(Session::new(&self.inner, SessionConnection::Pooled(client)))
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.inner.statements
    }
}

/// Which layout stands there, and whether its index on correlation ids can be used.
async fn check(config: &PostgresConfig) -> Result<(Layout, bool)> {
    let mut connection = connect(config, "check").await?;
    let layout = find_layout(&mut connection, config).await?;
    let index = find_correlation_index(&mut connection, config.schema()).await?;
    connection.close().await.map_err(reading)?;
    Ok((layout, index == CorrelationIndex::Valid))
}

fn no_answer(config: &PostgresConfig) -> Error {
    Error::Unavailable {
        message: format!("no answer from {}", config.server()),
        source: None,
    }
}
