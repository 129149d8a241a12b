use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::machine::SubscriberId;
use eventstore_core::{Progress, SubscriptionKey};
use tokio::sync::{mpsc, watch};

use crate::buffer::BufferReceiver;
use crate::driver::Command;
use crate::retrying::Retries;
use crate::subscribe::Plan;
use crate::subscribers::Subscribers;
use crate::{Acknowledger, Subscribe, SubscribeError};

/// The subscriptions that run in this process and can be joined (ADR 21).
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<SubscriptionKey, Running>>);

/// A running subscription.
pub(crate) struct Running {
    pub(crate) plan: Plan,
    pub(crate) subscribers: Arc<Subscribers>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) retries: Arc<Retries>,
}

/// A subscriber's place in a subscription.
pub(crate) struct JoinedSubscriber {
    pub(crate) buffer: BufferReceiver,
    pub(crate) acknowledger: Acknowledger,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) retries: Arc<Retries>,
    pub(crate) subscribers: Arc<Subscribers>,
    pub(crate) acknowledges_when_taken: bool,
    pub(crate) is_transient: bool,
}

/// The entry of a subscription.
pub(crate) struct Registration {
    registry: Arc<Registry>,
    key: SubscriptionKey,
}

impl Registry {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<SubscriptionKey, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    pub(crate) fn subscribers(&self) -> Arc<Subscribers> {
        Arc::clone(&self.subscribers)
    }

    /// Adds a subscriber; `None` if the subscription is about to end.
    pub(crate) fn join<T>(&self, request: &Subscribe<T>) -> Result<Option<JoinedSubscriber>, SubscribeError> {
        if !self.subscribers.is_open() {
            return Ok(None);
        }
        self.plan.check(&request.plan)?;
        let limit = self.plan.settings.concurrency_limit;
        let joined = self.subscribers.join(limit, request.buffer_size)?;
        Ok(joined.map(|joined| self.joined(joined)))
    }

    /// What a subscriber that has joined needs.
    pub(crate) fn joined(&self, (subscriber, buffer): (SubscriberId, BufferReceiver)) -> JoinedSubscriber {
        JoinedSubscriber {
            buffer,
            acknowledger: Acknowledger {
                subscriber,
                commands: self.commands.clone(),
            },
            progress: self.progress.clone(),
            retries: Arc::clone(&self.retries),
            subscribers: self.subscribers(),
            acknowledges_when_taken: self.plan.acknowledges_when_taken,
            is_transient: self.plan.name.is_none(),
        }
    }
}

impl Registration {
    pub(crate) fn new(registry: &Arc<Registry>, key: SubscriptionKey) -> Self {
        Self {
            registry: Arc::clone(registry),
            key,
        }
    }

    /// Removes the entry, unless it already belongs to another subscription.
    pub(crate) fn end(self, subscribers: &Arc<Subscribers>) {
        let mut running = self.registry.lock();
        if running
            .get(&self.key)
            .is_some_and(|running| Arc::ptr_eq(&running.subscribers, subscribers))
        {
            running.remove(&self.key);
        }
    }
}
