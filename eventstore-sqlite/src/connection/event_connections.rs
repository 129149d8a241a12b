use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deadpool::unmanaged::{Object, Pool};
use eventstore_core::{Error, Result};
use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::options::open_in_place;
use super::{DatabaseFile, Writer, in_place};
use crate::config::SqliteConfig;
use crate::error::{failed, timed_out};

/// The connections on which events are read and written, in place (ADR 60).
pub(super) struct EventConnections {
    /// Locked only by the change whose turn it is.
    writer: Mutex<Writer>,
    readers: Pool<Connection>,
}

impl EventConnections {
    /// Those of the driver are open already, so that the file has its log.
    pub(super) async fn open(config: &SqliteConfig, file: &Arc<DatabaseFile>) -> Result<Arc<Self>> {
        let (config, file) = (config.clone(), Arc::clone(file));
        let open = move || Self::open_in_place(&config, file).map(Arc::new).map_err(failed);
        spawn_blocking(open).await.map_err(in_place::ended)?
    }

    fn open_in_place(config: &SqliteConfig, file: Arc<DatabaseFile>) -> rusqlite::Result<Self> {
        let reader = || {
            let connection = open_in_place(config)?;
            connection.pragma_update(None, "query_only", "ON")?;
            Ok(connection)
        };
        let readers = (0..config.read_connections().get()).map(|_| reader());
        Ok(Self {
            readers: Pool::from(readers.collect::<rusqlite::Result<Vec<_>>>()?),
            writer: Mutex::new(Writer::new(open_in_place(config)?, file)),
        })
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic has undone the transaction.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, if one is free.
    pub(super) fn free_reader(&self) -> Option<Object<Connection>> {
        self.readers.try_get().ok()
    }

    /// Waits for a connection that is free.
    pub(super) async fn reader(&self, patience: Duration) -> Result<Object<Connection>> {
        match timeout(patience, self.readers.get()).await {
            Ok(Ok(reader)) => Ok(reader),
            Ok(Err(_)) => Err(Error::StoreClosed),
            Err(_) => Err(timed_out("no connection was free", None)),
        }
    }
}
