use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Executor, Postgres, Row};
use tracing::{debug, warn};

use crate::sql::scripts::TIMELINE;

/// The epoch of the server that this process last connected to, counted across failovers: a promoted standby begins a
/// timeline of its own, and may lack what the server before it had committed (ADR 38).
#[derive(Debug, Clone, Default)]
pub(crate) struct StorageEpoch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    timeline: Mutex<Option<String>>,
    number: AtomicU64,
}

impl StorageEpoch {
    /// Increases when a connection finds another timeline, before anything else is done on that connection.
    pub(crate) fn number(&self) -> u64 {
        self.0.number.load(Ordering::SeqCst)
    }

    /// Checks which timeline a new connection leads to.
    ///
    /// A server that cannot say is taken for the same one as before; some services have a log without timelines.
    pub(crate) async fn look<'c>(&self, connection: impl Executor<'c, Database = Postgres>) -> Result<(), sqlx::Error> {
        match sqlx::raw_sql(TIMELINE).fetch_one(connection).await {
            Ok(row) => self.found(row.try_get(0)?),
            Err(sqlx::Error::Database(error)) => debug!(%error, "the server does not tell its timeline"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The log was found shorter than it was known to be: it was rolled back.
    pub(crate) fn rolled_back(&self) {
        warn!("the log has lost its last events");
        self.0.number.fetch_add(1, Ordering::SeqCst);
    }

    fn found(&self, timeline: Option<String>) {
        // A server in recovery tells no timeline, and is taken for the same one as before.
        let Some(timeline) = timeline else { return };
        let mut known = self.0.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = known.as_ref() != Some(&timeline);
        if known.is_some() && is_new {
            warn!(timeline, "a failover to another server happened");
            self.0.number.fetch_add(1, Ordering::SeqCst);
        }
        *known = Some(timeline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_up_with_each_new_timeline_but_the_first() {
        let storage_epoch = StorageEpoch::default();
        let numbers = ["1", "1", "2", "2", "3"].map(|timeline| {
            storage_epoch.found(Some(timeline.to_owned()));
            storage_epoch.found(None);
            storage_epoch.number()
        });
        assert_eq!(numbers, [0, 0, 1, 1, 2]);
    }
}
