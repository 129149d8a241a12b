use std::time::Duration;

use crate::Subscriptions;

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
pub(super) struct Rules {
    pub(super) promotion: Promotion,
    pub(super) retention: Duration,
}

/// What a projection is run with.
pub(super) struct Supplies<S> {
    pub(super) store: S,
    pub(super) subscriptions: Subscriptions,
    pub(super) rules: Rules,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            promotion: Promotion::default(),
            retention: RETENTION,
        }
    }
}
