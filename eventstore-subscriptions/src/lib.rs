#![doc = include_str!("../README.md")]

mod acknowledger;
mod buffer;
mod driver;
mod error;
mod labels;
mod parked_gauge;
mod projection;
mod registry;
mod replay;
mod retrying;
mod subscribe;
mod subscriber_registry;
mod subscription;
mod subscriptions;
mod tail_cache;

pub use acknowledger::Acknowledger;
pub use error::{AckError, SubscribeError, SubscriptionEnded};
pub use projection::{Projection, ProjectionError, Projector, TransientSubscription};
pub use replay::{Replayed, replay_parked};
pub use retrying::{Activity, Retrying};
pub use subscribe::{StartFrom, Subscribe};
pub use subscription::Subscription;
pub use subscriptions::Subscriptions;

/// The examples of the guide, as tests.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/subscriptions.md")]
    struct Subscriptions;

    #[doc = include_str!("../../docs/guide/projections.md")]
    struct Projections;
}
