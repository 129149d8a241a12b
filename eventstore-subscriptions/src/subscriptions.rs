use std::sync::Arc;

use eventstore_core::backend::{SubscriptionBackend, SubscriptionLocks};
use eventstore_core::{GroupStore, InvalidStreamName, ParkedEventStore, StatusText, SubscriptionKey};
use tracing::Span;

use crate::driver::{BackgroundWork, Driver, Means};
use crate::event_source::EventSource;
use crate::holder_name::holder_name;
use crate::registry::{JoinedSubscriber, Registration, Registry, Running};
use crate::subscribers::Subscribers;
use crate::tail_cache::TailCache;
use crate::{Delivery, Subscribe, SubscribeError, Subscription};

/// What an application does with the span of each event that it handles.
pub(crate) type SpanHook = Arc<dyn Fn(&Span, &Delivery) + Send + Sync>;

/// Runs subscriptions to the events of a store; clones share the same running subscriptions.
#[derive(Clone)]
pub struct Subscriptions {
    pub(crate) backend: Arc<dyn SubscriptionBackend>,
    pub(crate) cache: Arc<TailCache>,
    pub(crate) parking: Option<Arc<dyn ParkedEventStore>>,
    pub(crate) groups: Option<Arc<dyn GroupStore>>,
    registry: Arc<Registry>,
    pub(crate) holder: StatusText,
    pub(crate) span_hook: Option<SpanHook>,
}

impl Subscriptions {
    /// Creates subscriptions to the events of this store.
    pub fn new(store: impl SubscriptionBackend + 'static) -> Self {
        let backend: Arc<dyn SubscriptionBackend> = Arc::new(store);
        Self {
            cache: TailCache::new(Arc::clone(&backend)),
            backend,
            parking: None,
            groups: None,
            registry: Arc::default(),
            holder: holder_name(),
            span_hook: None,
        }
    }

    /// Keeps the events that subscribers [park](eventstore_core::Refusal::Park) in this store, which must be the same storage.
    ///
    /// Without it, no event can be parked, and a subscription that starts does not look for parked events. Applies to subscriptions that begin from now on, through this value and its clones.
    #[must_use]
    pub fn with_parking(self, store: impl ParkedEventStore + 'static) -> Self {
        Self {
            parking: Some(Arc::new(store)),
            ..self
        }
    }

    /// Lets [`run_group`](Self::run_group) share subscriptions with other processes through this store, which must be the same storage.
    #[must_use]
    pub fn with_groups(self, store: impl GroupStore + 'static) -> Self {
        Self {
            groups: Some(Arc::new(store)),
            ..self
        }
    }

    /// Reports under this name which process runs a subscription; default the name of the machine and the number of the process, as in
    /// `host, process 1234`.
    ///
    /// What the holder of a persistent subscription reports is kept by the storage ([`SubscriptionStatusStore`]), and shown to operators.
    /// Applies to subscriptions that begin from now on through this value.
    ///
    /// [`SubscriptionStatusStore`]: eventstore_core::SubscriptionStatusStore
    #[must_use]
    pub fn with_holder_name(self, name: impl Into<StatusText>) -> Self {
        Self {
            holder: name.into(),
            ..self
        }
    }

    /// Calls this function with the span `handle` of each event that is given to the handler of [`run`](Self::run), before the span is
    /// entered.
    ///
    /// The function can make the span a child of the span in which the event was appended, and record its field `traceparent`, which is
    /// empty otherwise. It is called at each attempt, but not if no subscriber of `tracing` takes the span. If it panics, `run` panics.
    ///
    /// ```
    /// # use eventstore_core::backend::SubscriptionBackend;
    /// # use eventstore_subscriptions::Subscriptions;
    /// # fn traceparent_of(_: &[u8]) -> Option<&str> { None }
    /// # fn example(store: impl SubscriptionBackend + 'static) {
    /// let subscriptions = Subscriptions::new(store).with_span_hook(|span, event| {
    ///     let traceparent = event.metadata.as_deref().and_then(traceparent_of);
    ///     span.record("traceparent", traceparent);
    /// });
    /// # }
    /// ```
    ///
    /// Applies to handlers that are run from now on through this value.
    #[must_use]
    pub fn with_span_hook(self, hook: impl Fn(&Span, &Delivery) + Send + Sync + 'static) -> Self {
        Self {
            span_hook: Some(Arc::new(hook)),
            ..self
        }
    }

    /// Starts a subscription in its own task, or joins the one with the same name and events that already runs here.
    ///
    /// The call returns before the subscription is active. While another process holds the lease, or the storage cannot
    /// be reached, the subscription waits and retries.
    ///
    /// # Errors
    ///
    /// For a subscription that already runs here:
    ///
    /// - [`SubscribeError::TooManySubscribers`] if it already has as many subscribers as its `concurrency_limit` allows
    /// - [`SubscribeError::RunsDifferently`] if it was begun by a request that differs in more than the buffer size
    ///
    /// For any subscription, if there is a place to park events: [`SubscribeError::DeadLettersTooLong`].
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn subscribe<T>(&self, request: Subscribe<T>) -> Result<Subscription<T>, SubscribeError> {
        let joined = match request.plan.key() {
            Some(key) => {
                self.check_dead_letters(&key)?;
                self.join_or_start(key, &request)?
            }
            None => self.start(&request, None, None).1,
        };
        Ok(Subscription::new(joined, request.mapper))
    }

    pub(crate) fn can_park<T>(&self, request: &Subscribe<T>) -> bool {
        self.parking.is_some() && request.plan.name.is_some()
    }

    /// Without this check, the caller would learn only at the first refused event that it cannot be parked.
    pub(crate) fn check_dead_letters(&self, key: &SubscriptionKey) -> Result<(), SubscribeError> {
        match key.dead_letters() {
            Err(InvalidStreamName::TooLong { length }) if self.parking.is_some() => {
                Err(SubscribeError::DeadLettersTooLong { length })
            }
            _ => Ok(()),
        }
    }

    fn join_or_start<T>(
        &self,
        key: SubscriptionKey,
        request: &Subscribe<T>,
    ) -> Result<JoinedSubscriber, SubscribeError> {
        let mut registered = self.registry.lock();
        let previous = registered.get(&key);
        if let Some(joined) = previous.map(|running| running.join(request)).transpose()?.flatten() {
            return Ok(joined);
        }
        let previous = previous.map(Running::subscribers);
        let registration = Registration::new(&self.registry, key.clone());
        let (running, joined) = self.start(request, previous, Some(registration));
        registered.insert(key, running);
        Ok(joined)
    }

    fn start<T>(
        &self,
        request: &Subscribe<T>,
        previous: Option<Arc<Subscribers>>,
        registration: Option<Registration>,
    ) -> (Running, JoinedSubscriber) {
        let subscribers = Arc::<Subscribers>::default();
        let first = subscribers.begin(request.buffer_size);
        let locks: Arc<dyn SubscriptionLocks> = self.backend.clone();
        let means = Means {
            locks,
            backend: Arc::clone(&self.backend),
            reader: EventSource::Log(self.cache.reader(request.plan.selector.clone())),
            parking: self.parking.clone(),
            turns: None,
            was_held_before: false,
            holder: self.holder.clone(),
        };
        let work = BackgroundWork::new(means, &request.plan);
        let listener = self.backend.listen(&request.plan.selector);
        let running = Driver::spawn(
            work,
            listener,
            request.plan.clone(),
            subscribers,
            previous,
            registration,
        );
        let joined = running.joined(first);
        (running, joined)
    }
}
