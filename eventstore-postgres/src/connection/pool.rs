use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// How long that answer may take.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// How much longer than the server, which cancels a statement in time, the answer may take.
const GRACE: Duration = Duration::from_secs(1);

/// Connections to one server, made when they are needed.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: managed::Pool<Manager>,
    /// How long to wait for a connection: a free one, or a new one.
    patience: Duration,
    answer_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let manager = Manager {
            config: config.clone(),
            last_loss: Mutex::new(None),
        };
        let connections = managed::Pool::builder(manager)
            .max_size(config.pool_size().get())
            .wait_timeout(Some(config.connect_timeout()))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::invalid_input("pool", &error))?;
        Ok(Self {
            connections,
            patience: config.connect_timeout() * 2,
            answer_timeout: config.statement_timeout() + GRACE,
        })
    }

    /// Waits for a free connection, or makes one.
    pub(crate) async fn client(&self) -> Result<Client> {
        let pooled = match timeout(self.patience, self.connections.get()).await {
            Ok(pooled) => pooled.map_err(unavailable)?,
            Err(_) => return Err(unavailable(PoolError::Timeout(TimeoutType::Recycle))),
        };
        Ok(Client {
            pooled: Some(pooled),
            answer_timeout: self.answer_timeout,
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
    /// When a connection was last found lost: those that were idle then are most likely lost as well.
    last_loss: Mutex<Option<Instant>>,
}

impl Manager {
    async fn ping(&self, pooled: &mut Pooled) -> RecycleResult<Error> {
        if let Ok(Ok(())) = timeout(PING_TIMEOUT, pooled.connection.ping()).await {
            return Ok(());
        }
        *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Err(RecycleError::message("the connection was lost"))
    }

    fn is_suspect(&self, idle: Duration) -> bool {
        let last_loss = *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner);
        last_loss.is_some_and(|lost| lost.elapsed() < idle)
    }
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
        match metrics.last_used() {
            idle if idle < IDLE_BEFORE_PING => Ok(()),
            idle if self.is_suspect(idle) => Err(RecycleError::message("the server was lost meanwhile")),
            _ => self.ping(pooled).await,
        }
    }
}

/// A connection out of the pool; goes back there when dropped, or is closed if a statement on it was cut off.
pub(crate) struct Client {
    /// There until the client is dropped.
    pooled: Option<Object<Manager>>,
    answer_timeout: Duration,
}

impl Client {
    /// Runs a statement within the configured time. The connection survives only an answer of the server.
    pub(crate) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let pooled = self.pooled.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        pooled.in_order = false;
        let answer = timeout(self.answer_timeout, statement(&mut pooled.connection)).await;
        let answer = answer.unwrap_or_else(|elapsed| Err(timed_out(elapsed)));
        pooled.in_order = answer.as_ref().err().is_none_or(leaves_connection_usable);
        answer
    }
}

impl Drop for Client {
    /// Closes at once what cannot be used again: a read that was cut off holds its snapshot until then.
    fn drop(&mut self) {
        if let Some(cut_off) = self.pooled.take().filter(|pooled| !pooled.in_order) {
            drop(Object::take(cut_off));
        }
    }
}

fn timed_out(elapsed: Elapsed) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed))
}
