use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::{
    Error, EventFilter, EventNumber, PartitionKey, RecordedEvent, StreamName, StreamSelector, SubscriptionKey,
    SubscriptionName, SubscriptionSettings,
};

use crate::{RetryPolicy, SubscribeError};

/// Where a new subscription begins; an existing subscription continues from its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartFrom {
    /// Begins with the first event.
    #[default]
    Origin,
    /// Begins with the first event appended from now on.
    Current,
    /// Begins with the first event after this number.
    After(EventNumber),
}

/// Describes a subscription: which events it delivers and how; the subscriber receives values of `T`.
///
/// Subscribers that are to share a subscription must use clones of the same request.
///
/// ```
/// use eventstore_core::EventFilter;
/// use eventstore_subscriptions::{StartFrom, Subscribe};
///
/// let request = Subscribe::to_all("invoices")?
///     .with_start(StartFrom::Current)
///     .with_filter(EventFilter::default().with_category("order")?)
///     .with_partition_key(|event| Some((&event.stream).into()));
/// # let _ = request;
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[must_use = "it delivers nothing until it is given to `Subscriptions`"]
pub struct Subscribe<T = RecordedEvent> {
    pub(crate) plan: Plan,
    pub(crate) buffer_size: NonZeroU32,
    pub(crate) mapper: Mapper<T>,
    /// Only of a handler that is run.
    pub(crate) policy: RetryPolicy,
}

/// The settings on which all subscribers of one subscription must agree.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) selector: StreamSelector,
    /// `None` for a transient subscription.
    pub(crate) name: Option<SubscriptionName>,
    pub(crate) start_from: StartFrom,
    pub(crate) settings: SubscriptionSettings,
    pub(crate) filter: EventFilter,
    pub(crate) select: Option<Select>,
    pub(crate) partition_by: Option<PartitionBy>,
    /// Whether taking a batch acknowledges it.
    pub(crate) acknowledges_when_taken: bool,
}

pub(crate) type Select = Arc<dyn Fn(&RecordedEvent) -> bool + Send + Sync>;
pub(crate) type PartitionBy = Arc<dyn Fn(&RecordedEvent) -> Option<PartitionKey> + Send + Sync>;
pub(crate) type Mapper<T> = Arc<dyn Fn(RecordedEvent) -> T + Send + Sync>;

impl Subscribe {
    /// Subscribes under this name to the selected events, starting with the first one, with default settings.
    pub fn new(name: SubscriptionName, selector: impl Into<StreamSelector>) -> Self {
        Self::with_plan(Plan {
            selector: selector.into(),
            name: Some(name),
            start_from: StartFrom::Origin,
            settings: SubscriptionSettings::default(),
            filter: EventFilter::default(),
            select: None,
            partition_by: None,
            acknowledges_when_taken: false,
        })
    }

    /// Subscribes under this name to the events of all streams, starting with the first one, with default settings.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `subscription name` if the name is not valid.
    pub fn to_all(name: impl TryInto<SubscriptionName, Error: Into<Error>>) -> Result<Self, Error> {
        let name = name.try_into().map_err(Into::into)?;
        Ok(Self::new(name, StreamSelector::All))
    }

    /// Subscribes under this name to the events of one stream, starting with the first one, with default settings.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `subscription name` or `stream` if that name is not valid.
    pub fn to_stream(
        name: impl TryInto<SubscriptionName, Error: Into<Error>>,
        stream: impl TryInto<StreamName, Error: Into<Error>>,
    ) -> Result<Self, Error> {
        let name = name.try_into().map_err(Into::into)?;
        Ok(Self::new(name, stream.try_into().map_err(Into::into)?))
    }

    /// Subscribes without storing anything: delivers events appended from now on, and acknowledges each batch when it is
    /// taken.
    ///
    /// A transient subscription stores no checkpoint. Any number of processes can run it at once. To acknowledge a batch that was taken does
    /// nothing more.
    pub fn transient(selector: impl Into<StreamSelector>) -> Self {
        Self::with_plan(Plan {
            selector: selector.into(),
            name: None,
            start_from: StartFrom::Current,
            settings: SubscriptionSettings::default(),
            filter: EventFilter::default(),
            select: None,
            partition_by: None,
            acknowledges_when_taken: true,
        })
    }

    fn with_plan(plan: Plan) -> Self {
        Self {
            buffer_size: plan.settings.buffer_size,
            plan,
            mapper: Arc::new(|event| event),
            policy: RetryPolicy::default(),
        }
    }
}

impl<T> Subscribe<T> {
    /// Sets where the subscription begins if it does not exist yet; a transient subscription begins there each time.
    pub fn with_start(mut self, start_from: StartFrom) -> Self {
        self.plan.start_from = start_from;
        self
    }

    /// Uses these settings.
    pub fn with_settings(mut self, settings: SubscriptionSettings) -> Self {
        self.buffer_size = settings.buffer_size;
        self.plan.settings = settings;
        self
    }

    /// Delivers only events that match this filter. The storage applies it, so other events are not even read.
    pub fn with_filter(mut self, filter: EventFilter) -> Self {
        self.plan.filter = filter;
        self
    }

    /// Delivers only events for which this function returns true; the others count as acknowledged.
    ///
    /// The function must be quick, because the subscription waits for it. If it panics, the subscription ends.
    pub fn with_selection(mut self, select: impl Fn(&RecordedEvent) -> bool + Send + Sync + 'static) -> Self {
        self.plan.select = Some(Arc::new(select));
        self
    }

    /// Delivers events with the same partition key in order, to one subscriber at a time; events without a key are
    /// delivered as they come.
    ///
    /// The function must be quick, because the subscription waits for it. If it panics, the subscription ends.
    pub fn with_partition_key(
        mut self,
        key: impl Fn(&RecordedEvent) -> Option<PartitionKey> + Send + Sync + 'static,
    ) -> Self {
        self.plan.partition_by = Some(Arc::new(key));
        self
    }

    /// Sets what happens to events whose handler fails, if the subscription is [run](crate::Subscriptions::run); each subscriber has a policy
    /// of its own.
    pub fn with_retry_policy(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Requires explicit acknowledgements, even from a transient subscription.
    pub fn with_explicit_acks(mut self) -> Self {
        self.plan.acknowledges_when_taken = false;
        self
    }

    /// Makes what this function returns the [value](crate::Delivery::value) of each delivery; the function is called again at each delivery.
    ///
    /// It runs where the subscriber takes its batches, and in [`run`](crate::Subscriptions::run) before each call of the handler. If it returns a `Result`, an error for one event takes that
    /// event's place in the batch.
    pub fn map<U>(self, mapper: impl Fn(T) -> U + Send + Sync + 'static) -> Subscribe<U>
    where
        T: 'static,
    {
        let first = self.mapper;
        Subscribe {
            plan: self.plan,
            buffer_size: self.buffer_size,
            mapper: Arc::new(move |event| mapper(first(event))),
            policy: self.policy,
        }
    }
}

impl<T> Subscribe<T> {
    /// Takes the mapper off the request.
    pub(crate) fn unmapped(self) -> (Subscribe, Mapper<T>) {
        let request = Subscribe {
            plan: self.plan,
            buffer_size: self.buffer_size,
            mapper: Arc::new(|event| event),
            policy: self.policy,
        };
        (request, self.mapper)
    }
}

impl<T> Clone for Subscribe<T> {
    fn clone(&self) -> Self {
        Self {
            plan: self.plan.clone(),
            buffer_size: self.buffer_size,
            mapper: Arc::clone(&self.mapper),
            policy: self.policy,
        }
    }
}

impl<T> fmt::Debug for Subscribe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribe")
            .field("selector", &self.plan.selector)
            .field("name", &self.plan.name)
            .field("start_from", &self.plan.start_from)
            .field("settings", &self.plan.settings)
            .field("filter", &self.plan.filter)
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// The key of the subscription, if it is persistent.
    pub(crate) fn key(&self) -> Option<SubscriptionKey> {
        let name = self.name.clone()?;
        Some(SubscriptionKey {
            selector: self.selector.clone(),
            name,
        })
    }

    /// Whether a subscriber with the other plan may share this one.
    pub(crate) fn check(&self, other: &Self) -> Result<(), SubscribeError> {
        let same = [
            ("start", self.start_from == other.start_from),
            ("filter", self.filter == other.filter),
            ("selector", is_same(self.select.as_ref(), other.select.as_ref())),
            (
                "partitioning",
                is_same(self.partition_by.as_ref(), other.partition_by.as_ref()),
            ),
            ("settings", self.shared_settings() == other.shared_settings()),
        ];
        let different = same.into_iter().find(|(_, is_same)| !is_same);
        different.map_or(Ok(()), |(setting, _)| Err(SubscribeError::RunsDifferently { setting }))
    }

    /// Each subscriber has a buffer size of its own.
    fn shared_settings(&self) -> SubscriptionSettings {
        SubscriptionSettings {
            buffer_size: NonZeroU32::MIN,
            ..self.settings.clone()
        }
    }
}

fn is_same<F: ?Sized>(one: Option<&Arc<F>>, other: Option<&Arc<F>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
