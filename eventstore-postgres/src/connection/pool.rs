use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType};
use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::{error::Elapsed, timeout};

use crate::PostgresConfig;
use crate::connection::connect;
use crate::error::leaves_connection_usable;

/// A connection that was not used for this long is asked whether it still lives before it is handed out.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(10);

/// Connections to one server, made when they are needed.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: managed::Pool<Manager>,
    statement_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let connections = managed::Pool::builder(Manager { config: config.clone() })
            .max_size(config.pool_size().get())
            .wait_timeout(Some(config.connect_timeout()))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::invalid_input("pool", &error))?;
        Ok(Self {
            connections,
            statement_timeout: config.statement_timeout(),
        })
    }

    /// Waits for a free connection, or makes one.
    pub(crate) async fn client(&self) -> Result<Client> {
        let pooled = self.connections.get().await.map_err(unavailable)?;
        Ok(Client {
            pooled,
            statement_timeout: self.statement_timeout,
        })
    }
}

fn unavailable(error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(TimeoutType::Wait) => Error::Unavailable {
            message: "all connections of the pool are in use".to_owned(),
            source: None,
        },
        error => Error::Unavailable {
            message: error.to_string(),
            source: None,
        },
    }
}

/// Makes and checks the pool's connections.
struct Manager {
    config: PostgresConfig,
}

/// A connection, and whether the last one who used it left it in order.
struct Pooled {
    connection: PgConnection,
    in_order: bool,
}

impl managed::Manager for Manager {
    type Type = Pooled;
    type Error = Error;

    async fn create(&self) -> Result<Pooled> {
        connect(&self.config, "pool").await.map(|connection| Pooled {
            connection,
            in_order: true,
        })
    }

    async fn recycle(&self, pooled: &mut Pooled, metrics: &Metrics) -> RecycleResult<Error> {
        if !pooled.in_order {
            return Err(RecycleError::message("a statement was cut off"));
        }
        if metrics.last_used() < IDLE_BEFORE_PING {
            return Ok(());
        }
        match timeout(self.config.connect_timeout(), pooled.connection.ping()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(RecycleError::message("the connection was lost")),
        }
    }
}

/// A connection out of the pool; goes back there when dropped, unless a statement on it was cut off.
pub(crate) struct Client {
    pooled: Object<Manager>,
    statement_timeout: Duration,
}

impl Client {
    /// Runs a statement within the configured time. The connection survives only an answer of the server.
    pub(crate) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        self.pooled.in_order = false;
        let answer = timeout(self.statement_timeout, statement(&mut self.pooled.connection)).await;
        let answer = answer.unwrap_or_else(|elapsed| Err(timed_out(elapsed)));
        self.pooled.in_order = answer.as_ref().err().is_none_or(leaves_connection_usable);
        answer
    }
}

fn timed_out(elapsed: Elapsed) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed))
}
