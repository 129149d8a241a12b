use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, Object, PoolError, TimeoutType};
use eventstore_backend::StorageEpoch;
use eventstore_core::{Error, Result};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::config::PostgresConfig;
use crate::connection::{Begin, Client, Manager, Pooled, Room, is_no_room};
use crate::error::{Limit, reading};

/// Connections to one server, opened when they are needed.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: Connections,
    begin: Begin,
    limit: Limit,
    storage_epoch: StorageEpoch,
}

#[derive(Clone)]
enum Connections {
    Own(Own),
    /// The application's pool.
    Shared(PgPool),
}

#[derive(Clone)]
struct Own {
    pool: managed::Pool<Manager>,
    room: Arc<Room>,
    acquire_timeout: Duration,
    connect_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let begin = Begin::new(config);
        let storage_epoch = StorageEpoch::default();
        Ok(Self {
            connections: match config.shared_pool() {
                Some(pool) => Connections::Shared(pool.clone()),
                None => Connections::Own(Own::new(config, storage_epoch.clone())?),
            },
            limit: config.answer_limit().and(begin.patience()),
            begin,
            storage_epoch,
        })
    }

    /// The maximum number of connections.
    pub(crate) fn size(&self) -> usize {
        match &self.connections {
            Connections::Own(own) => own.pool.status().max_size,
            Connections::Shared(pool) => usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn storage_epoch(&self) -> &StorageEpoch {
        &self.storage_epoch
    }

    /// Waits for a free connection, or opens one; neither this nor an answer on the connection takes longer than the limit, if any.
    pub(crate) async fn client(&self, limit: Option<Duration>) -> Result<Client> {
        // Before the wait: a connection that is opened during it may lead to another server after a failover (ADR 38).
        let storage_epoch = self.storage_epoch.number();
        let pooled = match limit {
            Some(limit) => timeout(limit, self.pooled())
                .await
                .unwrap_or_else(|_| Err(none_free("with_timeout", None))),
            None => self.pooled().await,
        };
        let pooled = pooled?;
        if self.storage_epoch.number() != storage_epoch {
            return Err(exchanged());
        }
        let limit = self.limit.or_sooner(limit.map_or(Limit::NONE, Limit::of_call));
        Ok(Client::new(pooled, self.begin.clone(), limit))
    }

    async fn pooled(&self) -> Result<Pooled> {
        match &self.connections {
            Connections::Own(own) => own.get().await,
            Connections::Shared(pool) => pool.acquire().await.map(Pooled::Shared).map_err(reading),
        }
    }
}

impl Own {
    fn new(config: &PostgresConfig, storage_epoch: StorageEpoch) -> Result<Self> {
        let room = Arc::<Room>::default();
        let manager = Manager::new(config.clone(), storage_epoch, Arc::clone(&room));
        let pool = managed::Pool::builder(manager)
            .max_size(config.pool_size().get())
            .wait_timeout(Some(config.acquire_timeout()))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::invalid_input("pool", &error))?;
        Ok(Self {
            pool,
            room,
            acquire_timeout: config.acquire_timeout(),
            connect_timeout: config.connect_timeout(),
        })
    }

    async fn get(&self) -> Result<Pooled> {
        let connection = match timeout(self.acquire_timeout + self.connect_timeout, self.try_for_long()).await {
            Ok(connection) => connection?,
            Err(_) => return Err(none_free("acquire_timeout", None)),
        };
        Ok(Pooled::Own(connection, Arc::clone(&self.room)))
    }

    /// If the server has no room for another connection, waits for an existing one.
    async fn try_for_long(&self) -> Result<Object<Manager>> {
        let (started, mut attempts) = (Instant::now(), 0);
        loop {
            let error = match self.pool.get().await {
                Ok(connection) => return Ok(connection),
                Err(error) => unavailable(error),
            };
            if !is_no_room(&error) || !self.has_connections() {
                return Err(error);
            }
            if started.elapsed() >= self.acquire_timeout {
                return Err(none_free("acquire_timeout", Some(error)));
            }
            attempts += 1;
            self.room.wait(attempts).await;
        }
    }

    /// Whether a connection may become free.
    fn has_connections(&self) -> bool {
        self.pool.status().size > 0 || self.room.is_connecting()
    }
}

fn unavailable(error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(TimeoutType::Wait) => none_free("acquire_timeout", None),
        error => Error::Unavailable {
            message: error.to_string(),
            source: None,
        },
    }
}

/// A call meant for the server before a failover, which may have known more, is not made on another server.
fn exchanged() -> Error {
    Error::Unavailable {
        message: "a failover to another server happened meanwhile".to_owned(),
        source: None,
    }
}

fn none_free(setting: &'static str, error: Option<Error>) -> Error {
    Error::TimedOut {
        setting,
        message: "no connection of the pool became free".to_owned(),
        source: error.map(Into::into),
    }
}
