use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use eventstore_backend::StorageEpoch;
use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::config::PostgresConfig;
use crate::connection::{Room, check_timeline, connect_pooled};
use crate::error::{connecting, is_too_many_connections, timed_out};

/// A connection that was idle for this long is pinged before it is handed out.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(10);

/// How long that answer may take.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// Opens and checks the connections of our own pool (ADR 3).
pub(crate) struct Manager {
    config: PostgresConfig,
    storage_epoch: StorageEpoch,
    room: Arc<Room>,
    /// When a connection was last found lost: connections that were idle then are most likely lost as well.
    last_loss: Mutex<Option<Instant>>,
}

impl Manager {
    pub(crate) fn new(config: PostgresConfig, storage_epoch: StorageEpoch, room: Arc<Room>) -> Self {
        Self {
            config,
            storage_epoch,
            room,
            last_loss: Mutex::new(None),
        }
    }

    async fn ping(&self, connection: &mut PgConnection) -> RecycleResult<Error> {
        if let Ok(Ok(())) = timeout(PING_TIMEOUT, connection.ping()).await {
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

impl managed::Manager for Manager {
    type Type = PgConnection;
    type Error = Error;

    async fn create(&self) -> Result<PgConnection> {
        let _place = self.room.enter()?;
        let created = self.connect().await;
        if created.as_ref().is_err_and(is_too_many_connections) {
            self.room.is_full();
        }
        created
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<Error> {
        match metrics.last_used() {
            idle if idle < IDLE_BEFORE_PING => Ok(()),
            idle if self.is_suspect(idle) => Err(RecycleError::message("the server was lost meanwhile")),
            _ => self.ping(connection).await,
        }
    }
}

impl Manager {
    async fn connect(&self) -> Result<PgConnection> {
        let mut connection = connect_pooled(&self.config).await?;
        let looked = timeout(
            self.config.connect_timeout(),
            check_timeline(&self.storage_epoch, &mut connection),
        )
        .await;
        match looked.unwrap_or_else(|elapsed| Err(timed_out(elapsed))) {
            Ok(()) => Ok(connection),
            Err(error) => Err(connecting(&self.config.server(), error)),
        }
    }
}
