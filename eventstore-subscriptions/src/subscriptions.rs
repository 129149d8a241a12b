use std::sync::Arc;

use eventstore_core::SubscriptionBackend;

use crate::driver::Driver;
use crate::registry::{Registration, Registry, Running};
use crate::roster::Roster;
use crate::{Subscribe, SubscribeError, Subscription};

/// Runs subscriptions on a backend; clones run the same ones.
#[derive(Clone)]
pub struct Subscriptions {
    backend: Arc<dyn SubscriptionBackend>,
    registry: Arc<Registry>,
}

impl Subscriptions {
    /// Subscriptions to the events of this backend.
    pub fn new(backend: Arc<dyn SubscriptionBackend>) -> Self {
        Self {
            backend,
            registry: Arc::default(),
        }
    }

    /// Starts a subscription in a task of its own, or joins the one of the same name and events that runs here already.
    ///
    /// It returns before the subscription is active. While another process holds it, or the storage cannot be reached, it waits
    /// and tries again.
    ///
    /// # Errors
    ///
    /// About a subscription that runs here already:
    ///
    /// - [`SubscribeError::TooManySubscribers`] if as many share it as its `concurrency_limit` allows
    /// - [`SubscribeError::RunsDifferently`] if it was begun by a request that differs in more than the buffer size
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn subscribe<T>(&self, request: Subscribe<T>) -> Result<Subscription<T>, SubscribeError> {
        let Some(key) = request.plan.key() else {
            return Ok(self.start(&request, None, None).1);
        };
        let mut registered = self.registry.lock();
        let previous = registered.get(&key);
        if let Some(subscription) = previous.map(|running| running.join(&request)).transpose()?.flatten() {
            return Ok(subscription);
        }
        let previous = previous.map(|running| Arc::clone(&running.roster));
        let registration = Registration::new(&self.registry, key.clone());
        let (running, subscription) = self.start(&request, previous, Some(registration));
        registered.insert(key, running);
        Ok(subscription)
    }

    fn start<T>(
        &self,
        request: &Subscribe<T>,
        previous: Option<Arc<Roster>>,
        registration: Option<Registration>,
    ) -> (Running, Subscription<T>) {
        let roster = Arc::<Roster>::default();
        let first = roster.begin(request.buffer_size);
        let backend = Arc::clone(&self.backend);
        let running = Driver::spawn(backend, request.plan.clone(), roster, previous, registration);
        let subscription = running.subscription(request, first);
        (running, subscription)
    }
}
