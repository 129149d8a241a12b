use std::convert::Infallible;
use std::sync::Arc;

use eventstore_core::Result;
use sqlx::SqliteConnection;
use tokio::time::sleep;

use super::{Feed, FileEvents, Pace};
use crate::connection::connect_to_read;
use crate::error::failed;
use crate::sql;

/// A watch over the file, with a connection of its own.
pub(super) struct Watch {
    feed: Arc<Feed>,
    connection: SqliteConnection,
    events: FileEvents,
    pace: Pace,
    /// The version of the file's data at the last check.
    version: i64,
}

impl Watch {
    pub(super) async fn begin(feed: &Arc<Feed>) -> Result<Self> {
        feed.database.refuse_if_gone()?;
        let config = feed.database.config();
        let mut connection = connect_to_read(config).await?;
        // This read creates the log, so that it can be watched. The first check finds what is written before the watch begins.
        let version = data_version(&mut connection).await?;
        let events = FileEvents::of(&config.path());
        Ok(Self {
            pace: Pace::new(events.come()),
            feed: Arc::clone(feed),
            connection,
            events,
            version,
        })
    }

    /// Tells the listeners what is new, until the file cannot be read.
    pub(super) async fn run(&mut self) -> Result<Infallible> {
        loop {
            if self.look().await? {
                sleep(Pace::REST).await;
                self.pace.quicken();
            }
            self.wait().await;
        }
    }

    /// Checks the file, and returns whether it has changed since the last check.
    async fn look(&mut self) -> Result<bool> {
        // Without listeners, the version stays as it is: the first check for a listener then finds a change.
        if !self.feed.is_heard() {
            return Ok(false);
        }
        // Nothing more would be written to a file that was replaced, and its listeners would wait in silence.
        self.feed.database.refuse_if_gone()?;
        // Asked before the poll takes the list of streams: a listener that comes later reads its stream itself, and what is committed after
        // that changes the version again.
        let version = data_version(&mut self.connection).await?;
        if version == self.version {
            return Ok(false);
        }
        self.feed.poll(&mut self.connection).await?;
        self.version = version;
        Ok(true)
    }

    /// Waits until the next check is due.
    async fn wait(&mut self) {
        let pause = self.pace.pause();
        // A single change is many writes, each of which is told.
        sleep(Pace::SHORTEST).await;
        tokio::select! {
            () = self.events.written() => self.pace.quicken(),
            () = self.feed.changed.notified() => self.pace.quicken(),
            () = sleep(pause.saturating_sub(Pace::SHORTEST)) => {}
        }
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64> {
    let version = sqlx::query_scalar(sql::DATA_VERSION).fetch_one(connection).await;
    version.map_err(failed)
}
