//! Projections that are managed: built beside the live one, replaced, paused and resumed (ADR 68).

mod build_run;
mod builds;
mod commands;
mod effects;
mod managed;
mod supervisor;
mod watched;

use std::time::Duration;

use eventstore_core::backend::ProjectionStore;
use eventstore_core::{Error, EventStore};
use futures_util::future::BoxFuture;
use tokio::select;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::supervisor::Supervisor;
use crate::Subscriptions;

pub use commands::{
    cancel_rebuild, live_build, pause_projection, promote_projection, rebuild_projection, resume_projection,
};
pub use managed::ManagedProjection;

/// How long the data of a retired build is kept unless set otherwise: a reader may still use it.
const RETENTION: Duration = Duration::from_mins(10);

/// When a build takes the place of the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Promotion {
    /// As soon as it has caught up.
    #[default]
    WhenCaughtUp,
    /// When an operator says so: `eventstore projections promote`.
    ByOperator,
}

/// What the manager does with every projection.
#[derive(Debug, Clone, Copy)]
struct Rules {
    promotion: Promotion,
    retention: Duration,
}

/// Runs managed projections: it begins a build for each new version, keeps the builds up to date, and does what operators ask for.
///
/// Any number of processes may run the same manager: one of them projects a build, or they share its partitions.
///
/// ```
/// # use async_trait::async_trait;
/// # use eventstore_core::backend::ProjectionStore;
/// # use eventstore_core::{BoxError, BuildNumber, Error, EventStore, ProjectionName};
/// # use eventstore_subscriptions::{Delivery, ManagedProjection, ProjectionManager, Projector};
/// # struct Totals;
/// # #[async_trait]
/// # impl<T: Send> Projector<T> for Totals {
/// #     type Error = std::io::Error;
/// #     async fn project(&mut self, _: &mut T, _: &[Delivery]) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # #[async_trait]
/// # impl<S: ProjectionStore> ManagedProjection<S> for Totals {
/// #     type Projector = Totals;
/// #     fn name(&self) -> ProjectionName { ProjectionName::new("totals").expect("valid") }
/// #     fn version(&self) -> u32 { 1 }
/// #     async fn prepare(&self, _: &S, _: BuildNumber) -> Result<(), BoxError> { Ok(()) }
/// #     fn projector(&self, _: BuildNumber) -> Totals { Totals }
/// #     async fn discard(&self, _: &S, _: BuildNumber) -> Result<(), BoxError> { Ok(()) }
/// # }
/// # async fn example<S>(store: S, shutdown: impl Future<Output = ()>) -> Result<(), Error>
/// # where S: EventStore + ProjectionStore + Clone + 'static {
/// ProjectionManager::new(store).with_projection(Totals).run_until(shutdown).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "it manages nothing until it is run"]
pub struct ProjectionManager<S> {
    store: S,
    subscriptions: Subscriptions,
    rules: Rules,
    projections: Vec<Supervision<S>>,
}

/// Runs one projection until this is cancelled.
type Supervision<S> = Box<dyn FnOnce(Supplies<S>, CancellationToken) -> BoxFuture<'static, Result<(), Error>> + Send>;

/// What a projection is run with.
struct Supplies<S> {
    store: S,
    subscriptions: Subscriptions,
    rules: Rules,
}

impl<S> ProjectionManager<S>
where
    S: EventStore + ProjectionStore + Clone + 'static,
{
    /// Creates a manager of projections of the events of this store into the same storage.
    pub fn new(store: S) -> Self {
        Self {
            subscriptions: Subscriptions::new(store.clone()).with_groups(store.clone()),
            store,
            rules: Rules {
                promotion: Promotion::default(),
                retention: RETENTION,
            },
            projections: Vec::new(),
        }
    }

    /// Manages this projection too.
    pub fn with_projection<P>(mut self, projection: P) -> Self
    where
        P: ManagedProjection<S>,
    {
        self.projections.push(Box::new(|supplies, stop| {
            Box::pin(Supervisor::new(supplies, projection).run(stop))
        }));
        self
    }

    /// Sets when a build takes the place of the live one; default as soon as it has caught up.
    pub fn with_promotion(mut self, promotion: Promotion) -> Self {
        self.rules.promotion = promotion;
        self
    }

    /// Sets how long the data of a retired build is kept; default 10 minutes. Readers that have asked for the live build before may still use it.
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.rules.retention = retention;
        self
    }

    /// Manages the projections until this future is ready; then it stops them in good order and returns.
    ///
    /// A projector that fails or panics does not end the call: the failure is stored with its build, and the others go on. Dropping the future stops all of
    /// them; what was not committed is projected later.
    ///
    /// # Errors
    ///
    /// The error of the storage, if the builds of a projection cannot be managed and another attempt cannot help.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        for run in self.projections {
            let supplies = Supplies {
                store: self.store.clone(),
                subscriptions: self.subscriptions.clone(),
                rules: self.rules,
            };
            running.spawn(run(supplies, stop.clone()));
        }
        let mut outcome = select! {
            biased;
            () = shutdown => Ok(()),
            ended = first_failure(&mut running) => Err(ended),
        };
        stop.cancel();
        while let Some(ended) = running.join_next().await {
            outcome = outcome.and(ended.unwrap_or_else(|error| Err(panicked(error))));
        }
        outcome
    }
}

/// Without a projection, or once all have ended in good order, there is none.
async fn first_failure(running: &mut JoinSet<Result<(), Error>>) -> Error {
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error,
            Err(error) => return panicked(error),
        }
    }
    std::future::pending().await
}

fn panicked(error: tokio::task::JoinError) -> Error {
    Error::storage("the task that manages a projection panicked", error)
}
