use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Error, Result};
use tokio::time::sleep;
use tracing::{debug, warn};

use super::{Feed, Watch};

/// The first and the longest pause before the file is watched again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// While the file is not watched, the streams are polled over the connections of readers this often.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Keeps up the watch over the file.
pub(super) struct Watcher {
    feed: Arc<Feed>,
}

impl Watcher {
    pub(super) fn new(feed: Arc<Feed>) -> Self {
        Self { feed }
    }

    pub(super) async fn run(self) {
        loop {
            let mut watch = self.begin_at_last().await;
            let connected = Connected::new(&self.feed);
            let error = tokio::select! {
                ended = watch.run() => match ended {
                    Err(error) => error,
                    Ok(never) => match never {},
                },
                () = self.feed.cut.notified() => Error::storage("the watch was cut", "by a test"),
            };
            drop(connected);
            warn!(error = %describe(&error), "the watch over the file has failed, and is begun again");
        }
    }

    /// Meanwhile the streams are polled: a fallback must not share anything with what it replaces.
    async fn begin_at_last(&self) -> Watch {
        tokio::select! {
            watch = self.retry_to_begin() => watch,
            never = self.poll_over_readers() => match never {},
        }
    }

    async fn retry_to_begin(&self) -> Watch {
        let mut pause = PAUSES.0;
        loop {
            match Watch::begin(&self.feed).await {
                Ok(watch) => return watch,
                Err(error) => warn!(error = %describe(&error), "the file cannot be watched"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn poll_over_readers(&self) -> Infallible {
        loop {
            sleep(POLL_INTERVAL).await;
            if let Err(error) = self.poll_once().await {
                debug!(error = %describe(&error), "the streams could not be polled");
            }
        }
    }

    async fn poll_once(&self) -> Result<()> {
        let mut reader = self.feed.database.reader_while_closing().await?;
        self.feed.poll(&mut reader).await
    }
}

/// Listeners are told when the watch is given up, even by a panic.
struct Connected<'f>(&'f Feed);

impl<'f> Connected<'f> {
    fn new(feed: &'f Feed) -> Self {
        feed.connected();
        Self(feed)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.disconnected();
    }
}

/// The error with its causes: the store's own text does not tell what SQLite said.
fn describe(error: &eventstore_core::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
