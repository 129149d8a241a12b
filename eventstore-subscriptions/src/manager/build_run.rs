use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::backend::ProjectionStore;
use eventstore_core::{BoxError, BuildNumber, EventNumber, EventStore, SubscriptionSettings};
use thiserror::Error as ThisError;
use tokio::select;
use tokio_util::sync::CancellationToken;

use super::managed::ManagedProjection;
use super::watched::{FailedAt, Watched};
use crate::{Projection, ProjectionError, Subscribe, SubscribeError, Subscriptions};

/// So many events are projected in one transaction at most.
const BATCH: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// So many events are projected one by one after a failure.
const CAREFUL_EVENTS: u32 = 2_000;

/// Projects one build.
pub(super) struct BuildRun<S, P> {
    pub(super) store: S,
    pub(super) subscriptions: Subscriptions,
    pub(super) projection: Arc<P>,
    pub(super) build: BuildNumber,
    pub(super) stop: CancellationToken,
    /// One event at a time for a while, to find the event at which the projector fails.
    pub(super) is_careful: bool,
}

/// Why a build is not projected any more.
#[derive(Debug, ThisError)]
pub(super) enum BuildError {
    #[error("it could not be prepared: {error}")]
    Prepare { error: BoxError, was_careful: bool },
    #[error("its projector panicked: {0}")]
    Panicked(String),
    #[error("{}", describe(.error))]
    Project {
        error: ProjectionError,
        number: Option<EventNumber>,
        /// Events were projected one at a time, so the number is that of the event at fault.
        was_careful: bool,
    },
}

impl BuildError {
    /// Whether a careful run tells more: at which event the projector fails, or whether another process prepared the build at the same time.
    pub(super) fn needs_care(&self) -> bool {
        matches!(
            self,
            Self::Prepare { was_careful: false, .. }
                | Self::Project {
                    error: ProjectionError::Projector(_),
                    was_careful: false,
                    ..
                }
        )
    }
}

impl<S, P> BuildRun<S, P>
where
    S: EventStore + ProjectionStore + Clone + 'static,
    P: ManagedProjection<S>,
{
    /// Returns when it is to stop, or a careful run is over.
    pub(super) async fn run(self) -> Result<(), BuildError> {
        let prepared = select! {
            biased;
            // An application that does not return keeps no one from stopping.
            () = self.stop.cancelled() => return Ok(()),
            prepared = self.projection.prepare(&self.store, self.build) => prepared,
        };
        prepared.map_err(|error| BuildError::Prepare {
            error,
            was_careful: self.is_careful,
        })?;
        let failed_at = FailedAt::default();
        let projected = self.project(&failed_at).await;
        projected.map_err(|error| BuildError::Project {
            error,
            number: failed_at.get(),
            was_careful: self.is_careful,
        })
    }

    async fn project(&self, failed_at: &FailedAt) -> Result<(), ProjectionError> {
        let careful_is_over = CancellationToken::new();
        let shutdown = async {
            select! {
                () = self.stop.cancelled() => {}
                () = careful_is_over.cancelled() => {}
            }
        };
        let projector = || Watched {
            projector: self.projection.projector(self.build),
            failed_at: failed_at.clone(),
            careful: self.is_careful.then(|| (CAREFUL_EVENTS, careful_is_over.clone())),
        };
        if let Some(group) = self.projection.partitions() {
            let store = self.store.clone();
            let projected = self
                .subscriptions
                .project_group_until(self.request(), group, store, shutdown, |_| projector());
            return projected.await;
        }
        let subscription = self.subscriptions.subscribe(self.request())?;
        let transient = SubscribeError::CannotShare {
            reason: "it is transient",
        };
        let projection = Projection::new(self.store.clone(), subscription).map_err(|_| transient)?;
        projection.run_until(&mut projector(), shutdown).await
    }

    fn request(&self) -> Subscribe {
        let key = self.projection.name().subscription(self.build);
        let settings = SubscriptionSettings {
            buffer_size: if self.is_careful { NonZeroU32::MIN } else { BATCH },
            ..SubscriptionSettings::default()
        };
        Subscribe::new(key.name, key.selector)
            .with_filter(self.projection.filter())
            .with_settings(settings)
    }
}

/// The cause itself, which the error of the projection only announces.
fn describe(error: &ProjectionError) -> String {
    match error {
        ProjectionError::Projector(cause) => cause.to_string(),
        ProjectionError::Store(cause) => format!("{error}: {cause}"),
        error => error.to_string(),
    }
}
