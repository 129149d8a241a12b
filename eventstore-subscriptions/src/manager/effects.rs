use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::ProjectionStore;
use tokio::select;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::managed::ManagedProjection;
use crate::{Delivery, RunError, StartFrom, Subscribe, SubscriptionEnded, Subscriptions};

/// How long to wait before effects are made again after their handler has failed for good.
const PAUSE: Duration = Duration::from_secs(10);

/// Makes the effects of a projection, whichever builds there are, until this is cancelled or the store is closed.
pub(super) async fn make_effects<S, P>(subscriptions: Subscriptions, projection: Arc<P>, stop: CancellationToken)
where
    S: ProjectionStore,
    P: ManagedProjection<S>,
{
    let key = projection.name().effects_subscription();
    let request = Subscribe::new(key.name, key.selector)
        .with_start(StartFrom::Current)
        .with_filter(projection.filter());
    loop {
        let handler = async |event: Delivery| projection.make_effect(&event).await;
        let ended = subscriptions
            .run_until(request.clone(), stop.cancelled(), handler)
            .await;
        match ended {
            Ok(()) => return,
            Err(RunError::Ended(error @ (SubscriptionEnded::StoreClosed | SubscriptionEnded::RuntimeEnded))) => {
                return warn!(%error, projection = %projection.name(), "the effects of a projection are not made any more");
            }
            Err(error) => {
                warn!(%error, projection = %projection.name(), "the effects of a projection are not made for now");
            }
        }
        select! {
            () = stop.cancelled() => return,
            () = sleep(PAUSE) => {}
        }
    }
}
