use std::{fmt, fs};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use eventstore_core::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::beside;
use super::options::{LOG_BYTES, options};
use crate::config::SqliteConfig;
use crate::error::failed;
use crate::sql;

/// How many commits there are from one look at the size of the log to the next.
const COMMITS_PER_LOOK: u64 = 16;

/// How long appends wait at most for readers that still need the log.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// How long to wait before the next attempt to cut the log.
const PAUSE: Duration = Duration::from_secs(1);

/// The write-ahead log of the file, which is cut when it has become too long.
///
/// SQLite itself begins the log anew only at a moment when no reader needs it. Where reads overlap all the time, that moment never comes,
/// unless writers wait for once.
pub(crate) struct Log {
    path: PathBuf,
    options: SqliteConnectOptions,
    writer: SqlitePool,
    runtime: Handle,
    commits: AtomicU64,
    is_being_cut: Arc<AtomicBool>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Log {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(super) fn new(config: &SqliteConfig, writer: SqlitePool) -> Self {
        Self {
            path: beside(&config.path(), "-wal"),
            options: options(config).busy_timeout(LONGEST_WAIT),
            writer,
            runtime: Handle::current(),
            commits: AtomicU64::new(0),
            is_being_cut: Arc::default(),
        }
    }

    /// Looks from time to time whether the log is too long.
    pub(super) fn committed(&self) {
        if self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(COMMITS_PER_LOOK) && self.is_too_long() {
            self.begin_to_cut();
        }
    }

    fn is_too_long(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|log| log.len() > LOG_BYTES)
    }

    fn begin_to_cut(&self) {
        let Some(cutting) = Cutting::begin(&self.is_being_cut) else {
            return;
        };
        let (options, writer) = (self.options.clone(), self.writer.clone());
        self.runtime.spawn(async move {
            let _cutting = cutting;
            match cut(&options, &writer).await {
                Ok(true) => debug!("the log was cut"),
                Ok(false) => debug!("the log could not be cut yet, because it is being read"),
                Err(error) => warn!(%error, "the log could not be cut"),
            }
            drop((options, writer));
            sleep(PAUSE).await;
        });
    }
}

/// Returns whether the log was cut.
async fn cut(options: &SqliteConnectOptions, writer: &SqlitePool) -> Result<bool> {
    let mut connection = options.connect().await.map_err(failed)?;
    // Nearly all is copied while appends go on.
    checkpoint(&mut connection, sql::CHECKPOINT_LOG).await?;
    // Held so that the own appends stand back; those of other processes are waited for, like readers.
    let held = writer.acquire().await.map_err(failed)?;
    let is_hindered = checkpoint(&mut connection, sql::TRUNCATE_LOG).await?;
    drop(held);
    connection.close().await.map_err(failed)?;
    Ok(!is_hindered)
}

async fn checkpoint(connection: &mut SqliteConnection, statement: &'static str) -> Result<bool> {
    let answer = sqlx::query_as::<_, (bool, i64, i64)>(statement).fetch_one(connection).await;
    let (is_hindered, ..) = answer.map_err(failed)?;
    Ok(is_hindered)
}

/// One attempt to cut the log, and the pause after it.
struct Cutting(Arc<AtomicBool>);

impl Cutting {
    /// `None` while there is another one.
    fn begin(is_being_cut: &Arc<AtomicBool>) -> Option<Self> {
        let was_free = !is_being_cut.swap(true, Ordering::SeqCst);
        was_free.then(|| Self(Arc::clone(is_being_cut)))
    }
}

impl Drop for Cutting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
