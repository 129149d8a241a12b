use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use eventstore_core::BuildNumber;
use futures_util::FutureExt;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::build_run::BuildError;
use crate::driver::message_of;

/// The builds that are projected here.
#[derive(Default)]
pub(super) struct Builds {
    stops: BTreeMap<BuildNumber, CancellationToken>,
    tasks: JoinSet<(BuildNumber, Result<(), BuildError>)>,
}

impl Builds {
    pub(super) fn is_running(&self, build: BuildNumber) -> bool {
        self.stops.contains_key(&build)
    }

    pub(super) fn start(
        &mut self,
        build: BuildNumber,
        stop: CancellationToken,
        run: impl Future<Output = Result<(), BuildError>> + Send + 'static,
    ) {
        self.stops.insert(build, stop);
        self.tasks.spawn(async move {
            let ended = AssertUnwindSafe(run).catch_unwind().await;
            (
                build,
                ended.unwrap_or_else(|panic| Err(BuildError::Panicked(message_of(&*panic)))),
            )
        });
    }

    /// Stops a build in good order; its end is told as any other.
    pub(super) fn stop(&self, build: BuildNumber) {
        if let Some(stop) = self.stops.get(&build) {
            stop.cancel();
        }
    }

    /// Waits for the end of a build; for ever if none is running.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    pub(super) async fn next_end(&mut self) -> Result<(BuildNumber, Result<(), BuildError>), JoinError> {
        match self.tasks.join_next().await {
            Some(Ok((build, ended))) => {
                self.stops.remove(&build);
                Ok((build, ended))
            }
            Some(Err(error)) => Err(error),
            None => std::future::pending().await,
        }
    }

    /// Stops all builds, and waits until that is done.
    pub(super) async fn stop_all(&mut self) {
        for stop in self.stops.values() {
            stop.cancel();
        }
        while self.tasks.join_next().await.is_some() {}
    }
}
