//! Tells of writes to the log of a file, where the system does so.

#[cfg(target_os = "linux")]
mod log_watch;

use std::future::pending;
use std::path::Path;

#[cfg(target_os = "linux")]
use log_watch::LogWatch;

#[cfg(not(target_os = "linux"))]
type LogWatch = std::convert::Infallible;

/// Rings when any process writes to the log of a file, if the system tells.
pub(super) struct FileEvents(Option<LogWatch>);

impl FileEvents {
    /// Watches the log of the database at this path.
    #[cfg(target_os = "linux")]
    pub(super) fn of(database: &Path) -> Self {
        let begun = LogWatch::begin(database);
        if let Err(error) = &begun {
            tracing::warn!(%error, file = %database.display(), "the system does not tell of writes to the file, which is polled");
        }
        Self(begun.ok())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_: &Path) -> Self {
        Self(None)
    }

    /// Whether the system tells.
    pub(super) fn come(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for the next writes. Cancel-safe.
    pub(super) async fn written(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(watch) = &mut self.0 {
            match watch.written().await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "the system no longer tells of writes to the file, which is polled");
                    self.0 = None;
                }
            }
        }
        pending::<()>().await;
    }
}
