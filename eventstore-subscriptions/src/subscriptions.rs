use std::sync::Arc;

use eventstore_core::SubscriptionBackend;

use crate::driver::Driver;
use crate::{Subscribe, Subscription};

/// Runs persistent subscriptions on a backend.
#[derive(Clone)]
pub struct Subscriptions {
    backend: Arc<dyn SubscriptionBackend>,
}

impl Subscriptions {
    /// Subscriptions to the events of this backend.
    pub fn new(backend: Arc<dyn SubscriptionBackend>) -> Self {
        Self { backend }
    }

    /// Starts a subscription in a task of its own and returns before it is active.
    ///
    /// While another process holds the subscription, or the storage cannot be reached, it waits and tries again.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn subscribe(&self, request: Subscribe) -> Subscription {
        Driver::spawn(Arc::clone(&self.backend), request)
    }
}
