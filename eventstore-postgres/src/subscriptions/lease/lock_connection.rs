use std::time::Duration;

use eventstore_core::Result;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::config::PostgresConfig;
use crate::connection::{Identity, connect};
use crate::error::{leaves_connection_usable, reading, timed_out};
use crate::sql::scripts::LIMIT_IDLE_SESSION;

/// How long an answer on the connection may take before its locks count as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The server ends a session that is silent for this long: a process that was stopped does not hold its locks for ever. Before
/// `PostgreSQL` 14, the server does so only if the other side of the connection is gone.
const LONGEST_SILENCE: &str = "3s";

/// The connection that holds the locks; opened by the first question.
pub(super) struct LockConnection {
    config: PostgresConfig,
    connection: Option<PgConnection>,
    /// When the last question was asked that the server answered.
    confirmed: watch::Sender<Instant>,
}

impl LockConnection {
    pub(super) fn new(config: PostgresConfig) -> Self {
        Self {
            config,
            connection: None,
            confirmed: watch::Sender::new(Instant::now()),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Its locks end with it.
    pub(super) fn give_up(&mut self) {
        self.connection = None;
    }

    pub(super) fn confirmed(&self) -> watch::Receiver<Instant> {
        self.confirmed.subscribe()
    }

    /// Gives up the connection if the server does not answer in time: whether it still holds its locks would be a guess.
    pub(super) async fn ask<R>(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<R>>
    where
        R: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
    {
        self.open().await?;
        let asked_at = Instant::now();
        let answer = match &mut self.connection {
            Some(connection) => answer_of(query.fetch_all(connection)).await,
            None => Err(sqlx::Error::PoolClosed),
        };
        // A refusal is an answer too: it shows that the session is there. The time of the question counts, because the
        // server, which ends a silent session, cannot have begun to count the silence before it (ADR 23).
        if answer.as_ref().err().is_none_or(leaves_connection_usable) {
            self.confirmed.send_replace(asked_at);
        } else {
            self.give_up();
        }
        let rows = answer.map_err(reading)?;
        rows.iter().map(R::from_row).collect::<Result<_, _>>().map_err(reading)
    }

    async fn open(&mut self) -> Result<()> {
        if !self.is_open() {
            let asked_at = Instant::now();
            self.connection = Some(self.connect().await?);
            self.confirmed.send_replace(asked_at);
        }
        Ok(())
    }

    async fn connect(&self) -> Result<PgConnection> {
        let mut connection = connect(&self.config, "locks").await?;
        // The lock timeout keeps locked tables of one store, as during a migration, from costing the leases of the others.
        let limit = sqlx::query(LIMIT_IDLE_SESSION).persistent(false).bind(LONGEST_SILENCE);
        answer_of(limit.execute(&mut connection)).await.map_err(reading)?;
        // A lock on another server, or in another database, excludes no one.
        if let Some(own) = Identity::of_session(&mut connection, &self.config).await? {
            own.check_leases()?;
        }
        Ok(connection)
    }
}

async fn answer_of<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let answer = timeout(ANSWER_TIMEOUT, statement).await;
    answer.unwrap_or_else(|elapsed| Err(timed_out(elapsed)))
}
