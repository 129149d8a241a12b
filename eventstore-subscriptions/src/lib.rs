#![doc = include_str!("../README.md")]

mod acknowledger;
mod buffer;
mod delivery;
mod driver;
mod error;
mod event_source;
mod group;
mod holder_name;
mod labels;
mod manager;
mod parked_gauge;
mod projection;
mod registry;
mod replay;
mod retry_policy;
mod retrying;
mod runner;
mod subscribe;
mod subscribers;
mod subscription;
mod subscriptions;
mod tail_cache;
mod wait;

pub use acknowledger::Acknowledger;
pub use delivery::Delivery;
pub use error::{AckError, RunError, SubscribeError, SubscriptionEnded, WaitError};
pub use group::{Group, OrderingKey};
pub use manager::{
    ManagedProjection, ProjectionManager, Promotion, cancel_rebuild, live_build, pause_projection, promote_projection,
    rebuild_projection, resume_projection,
};
pub use projection::{Projection, ProjectionError, Projector, TransientSubscription};
pub use replay::{Replayed, replay_parked};
pub use retry_policy::{GiveUp, RetryPolicy};
pub use retrying::{Activity, Retrying};
pub use subscribe::{StartFrom, Subscribe};
pub use subscription::Subscription;
pub use subscriptions::Subscriptions;
pub use wait::wait_until;

/// The crates whose types the signatures of this crate use, in the versions that it takes.
pub use {eventstore_core, futures_core, tracing};

/// The examples of the guide, as tests.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/subscriptions.md")]
    struct Subscriptions;

    #[doc = include_str!("../../docs/guide/groups.md")]
    struct Groups;

    #[doc = include_str!("../../docs/guide/projections.md")]
    struct Projections;
}
