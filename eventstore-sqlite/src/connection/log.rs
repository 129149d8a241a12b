use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fmt, fs};

use eventstore_core::Result;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::options::{LOG_BYTES, options};
use super::{Turns, beside};
use crate::config::SqliteConfig;
use crate::error::failed;
use crate::sql;

/// How long appends wait at most for readers that still need the log.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// How long to wait after an attempt that has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The write-ahead log of the file, which is cut when it has become too long.
///
/// SQLite itself starts the log over only at a moment when no reader needs it. Where reads overlap all the time, that moment never comes
/// unless the writers pause.
pub(crate) struct Log {
    path: PathBuf,
    options: SqliteConnectOptions,
    turns: Arc<Turns>,
    runtime: Handle,
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
    pub(super) fn new(config: &SqliteConfig, turns: Arc<Turns>) -> Self {
        Self {
            path: beside(&config.path(), "-wal"),
            options: options(config).busy_timeout(LONGEST_WAIT),
            turns,
            runtime: Handle::current(),
            is_being_cut: Arc::default(),
        }
    }

    /// Cuts the log if it is too long, in a task that no caller waits for.
    pub(super) fn committed(&self) {
        if !self.is_being_cut.load(Ordering::SeqCst) && self.is_too_long() {
            self.begin_to_cut();
        }
    }

    fn is_too_long(&self) -> bool {
        self.bytes() > LOG_BYTES
    }

    /// The size of the log; a file that no process has open has none.
    pub(super) fn bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |log| log.len())
    }

    fn begin_to_cut(&self) {
        let Some(cutting) = Cutting::begin(&self.is_being_cut) else {
            return;
        };
        let (options, turns) = (self.options.clone(), Arc::clone(&self.turns));
        self.runtime.spawn(async move {
            let _cutting = cutting;
            match cut(&options, &turns).await {
                Ok(true) => return debug!("the log was cut"),
                Ok(false) => debug!("the log could not be cut yet, because it is being read"),
                Err(error) => warn!(%error, "the log could not be cut"),
            }
            drop((options, turns));
            sleep(PAUSE).await;
        });
    }
}

/// Returns whether the log was cut.
async fn cut(options: &SqliteConnectOptions, turns: &Turns) -> Result<bool> {
    let mut connection = options.connect().await.map_err(failed)?;
    // Nearly all is copied while appends go on.
    checkpoint(&mut connection, sql::CHECKPOINT_LOG).await?;
    // While this is held, changes of this process wait. The cut waits for writers of other processes as it does for readers.
    let turn = turns.next().await?;
    let is_hindered = checkpoint(&mut connection, sql::TRUNCATE_LOG).await?;
    drop(turn);
    connection.close().await.map_err(failed)?;
    Ok(!is_hindered)
}

async fn checkpoint(connection: &mut SqliteConnection, statement: &'static str) -> Result<bool> {
    let answer = sqlx::query_as::<_, (bool, i64, i64)>(statement)
        .fetch_one(connection)
        .await;
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
