use eventstore_core::{EventNumber, StreamSelector, SubscriptionKey, SubscriptionName, SubscriptionSettings};

/// Where a subscription begins when it is created; one that exists goes on from its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartFrom {
    /// With the first event.
    #[default]
    Origin,
    /// With the first event appended from now on.
    Current,
    /// With the first event after this one.
    After(EventNumber),
}

/// What to subscribe to, and how.
///
/// ```
/// use eventstore_core::{StreamSelector, SubscriptionName};
/// use eventstore_subscriptions::{StartFrom, Subscribe};
///
/// let request = Subscribe::new(SubscriptionName::new("invoices")?, StreamSelector::All).start_from(StartFrom::Current);
/// # let _ = request;
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    pub(crate) key: SubscriptionKey,
    pub(crate) start_from: StartFrom,
    pub(crate) settings: SubscriptionSettings,
}

impl Subscribe {
    /// The subscription of this name to the selected events, from the first one, with default settings.
    pub fn new(name: SubscriptionName, selector: impl Into<StreamSelector>) -> Self {
        Self {
            key: SubscriptionKey {
                selector: selector.into(),
                name,
            },
            start_from: StartFrom::default(),
            settings: SubscriptionSettings::default(),
        }
    }

    /// Begins here if the subscription does not exist yet.
    #[must_use]
    pub fn start_from(self, start_from: StartFrom) -> Self {
        Self { start_from, ..self }
    }

    /// With these settings.
    #[must_use]
    pub fn settings(self, settings: SubscriptionSettings) -> Self {
        Self { settings, ..self }
    }
}
