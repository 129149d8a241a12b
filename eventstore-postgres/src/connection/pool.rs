use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, PoolError, TimeoutType};
use eventstore_core::{Error, Result};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::PostgresConfig;
use crate::connection::{Begin, Client, Incarnation, Manager, Pooled};
use crate::error::reading;
use crate::observe;

/// How much longer than the server, which cancels a statement in time, the answer may take.
const GRACE: Duration = Duration::from_secs(1);

/// Connections to one server, made when they are needed.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: Connections,
    begin: Begin,
    answer_timeout: Duration,
    incarnation: Incarnation,
}

#[derive(Clone)]
enum Connections {
    Own {
        pool: managed::Pool<Manager>,
        /// How long to wait for a connection: a free one, or a new one.
        patience: Duration,
    },
    /// The application's.
    Shared(PgPool),
}

impl Pool {
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let begin = Begin::new(config);
        let incarnation = Incarnation::default();
        Ok(Self {
            connections: match config.shared_pool() {
                Some(pool) => Connections::Shared(pool.clone()),
                None => own(config, incarnation.clone())?,
            },
            answer_timeout: begin.patience() + config.statement_timeout() + GRACE,
            begin,
            incarnation,
        })
    }

    /// How many connections there can be at once.
    pub(crate) fn size(&self) -> usize {
        match &self.connections {
            Connections::Own { pool, .. } => pool.status().max_size,
            Connections::Shared(pool) => usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn incarnation(&self) -> &Incarnation {
        &self.incarnation
    }

    /// Waits for a free connection, or makes one; neither that nor an answer on it takes longer than the limit, if any.
    pub(crate) async fn client(&self, limit: Option<Duration>) -> Result<Client> {
        let (started, incarnation) = (Instant::now(), self.incarnation.number());
        let pooled = match limit {
            Some(limit) => timeout(limit, self.pooled()).await.unwrap_or_else(|_| Err(none_free())),
            None => self.pooled().await,
        };
        observe::pooled(started.elapsed());
        let pooled = pooled?;
        if self.incarnation.number() != incarnation {
            return Err(exchanged());
        }
        let answer_timeout = limit.map_or(self.answer_timeout, |limit| limit.min(self.answer_timeout));
        Ok(Client::new(pooled, self.begin.clone(), answer_timeout))
    }

    async fn pooled(&self) -> Result<Pooled> {
        match &self.connections {
            Connections::Own { pool, patience } => match timeout(*patience, pool.get()).await {
                Ok(pooled) => pooled.map(Pooled::Own).map_err(unavailable),
                Err(_) => Err(unavailable(PoolError::Timeout(TimeoutType::Recycle))),
            },
            Connections::Shared(pool) => pool.acquire().await.map(Pooled::Shared).map_err(reading),
        }
    }
}

fn own(config: &PostgresConfig, incarnation: Incarnation) -> Result<Connections> {
    let pool = managed::Pool::builder(Manager::new(config.clone(), incarnation))
        .max_size(config.pool_size().get())
        .wait_timeout(Some(config.acquire_timeout()))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::invalid_input("pool", &error))?;
    Ok(Connections::Own {
        pool,
        patience: config.acquire_timeout() + config.connect_timeout(),
    })
}

fn unavailable(error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(TimeoutType::Wait) => none_free(),
        error => Error::Unavailable {
            message: error.to_string(),
            source: None,
        },
    }
}

/// A call that was meant for the server before, which may have known more, is not made on another one.
fn exchanged() -> Error {
    Error::Unavailable {
        message: "the server was exchanged for another one meanwhile".to_owned(),
        source: None,
    }
}

fn none_free() -> Error {
    Error::Unavailable {
        message: "all connections of the pool are in use".to_owned(),
        source: None,
    }
}
