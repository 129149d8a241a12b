use std::sync::Arc;

use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::connection::{Pool, Session, SessionConnection, connect};
use crate::error::reading;
use crate::lease::LockSession;
use crate::notifier::Hub;
use crate::schema::{Found, inspect};
use crate::statements::Statements;
use crate::{DataType, Layout, OnConnection, PostgresConfig};

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
    pub(crate) statements: Arc<Statements>,
    pub(crate) hub: Hub,
    pub(crate) locks: LockSession,
    pub(crate) hard_deletes: bool,
    pub(crate) layout: Layout,
    pub(crate) data_type: DataType,
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
        let checked = timeout(
            config.connect_timeout() + config.statement_timeout(),
            find_store(&config),
        )
        .await;
        let (layout, data_type) = checked.unwrap_or_else(|_| Err(no_answer(&config)))?;
        let pool = Pool::new(&config)?;
        let statements = Arc::new(Statements::new(config.schema(), layout, data_type));
        Ok(Self {
            inner: Arc::new(Inner {
                statements: Arc::clone(&statements),
                hard_deletes: config.hard_deletes(),
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

    pub(crate) async fn session(&self) -> Result<Session<'_>> {
        let client = self.inner.pool.client().await?;
        Ok(Session::new(&self.inner, SessionConnection::Pooled(client)))
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.inner.statements
    }
}

async fn find_store(config: &PostgresConfig) -> Result<(Layout, DataType)> {
    let mut connection = connect(config, "check").await?;
    let found = inspect(&mut connection, config.schema()).await?;
    connection.close().await.map_err(reading)?;
    match found {
        Found::Store { layout, data_type } => Ok((layout, data_type)),
        Found::Nothing => Err(Error::NotInitialised {
            message: format!(
                "there is no event store in the schema {:?} of the database {:?}: initialise it first",
                config.schema().as_str(),
                config.database()
            ),
        }),
    }
}

fn no_answer(config: &PostgresConfig) -> Error {
    Error::Unavailable {
        message: format!("no answer from {}", config.server()),
        source: None,
    }
}
