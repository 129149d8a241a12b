use std::sync::Arc;

use eventstore_core::EventStore;
use tokio::sync::Semaphore;

use crate::live::Monitor;
use crate::query::{Decoder, EventsQuery, Shared, StreamsParams, Survey, Verification, Verifier};
use crate::replay::ParkedEventHandler;
use crate::running_replays::RunningReplays;
use crate::security::Sessions;
use crate::view::{BuildView, EventsView, StreamsView, SubscriptionView};

/// How many browsers are told of changes at the same time.
const LIVE: usize = 1_000;

/// One store and what its pages share.
pub(crate) struct Site {
    pub(crate) store: Arc<dyn EventStore>,
    /// Its name among several; empty if there is only one.
    pub(crate) name: String,
    pub(crate) verifier: Option<Arc<dyn Verifier>>,
    pub(crate) common: Arc<Common>,
    pub(crate) monitor: Monitor,
    pub(crate) survey: Survey,
    pub(crate) verification: Verification,
    pub(crate) events: Shared<EventsQuery, EventsView>,
    pub(crate) streams: Shared<StreamsParams, StreamsView>,
    pub(crate) subscriptions: Shared<(), Vec<SubscriptionView>>,
    pub(crate) builds: Shared<(), Vec<BuildView>>,
    /// One for each browser that is told of changes.
    pub(crate) live: Arc<Semaphore>,
    pub(crate) replaying: RunningReplays,
}

/// What the pages of all stores have in common.
pub(crate) struct Common {
    pub(crate) label: Option<String>,
    /// The names of all stores.
    pub(crate) names: Vec<String>,
    pub(crate) sessions: Sessions,
    pub(crate) decoder: Option<Arc<dyn Decoder>>,
    pub(crate) parked_events: Option<Arc<dyn ParkedEventHandler>>,
}

impl Site {
    pub(crate) fn new(
        name: String,
        store: Arc<dyn EventStore>,
        verifier: Option<Arc<dyn Verifier>>,
        common: Arc<Common>,
    ) -> Self {
        Self {
            monitor: Monitor::new(Arc::clone(&store)),
            store,
            name,
            verifier,
            common,
            survey: Survey::default(),
            verification: Verification::default(),
            events: Shared::new(),
            streams: Shared::new(),
            subscriptions: Shared::new(),
            builds: Shared::new(),
            live: Arc::new(Semaphore::new(LIVE)),
            replaying: RunningReplays::default(),
        }
    }

    /// Forgets answers that a change has made outdated.
    pub(crate) fn forget_answers(&self) {
        self.events.forget();
        self.streams.forget();
        self.subscriptions.forget();
        self.builds.forget();
    }
}
