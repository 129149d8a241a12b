use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use eventstore_core::{Error, EventStore, StoreStatistics, StreamSelector};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::sample::{Measurement, Samples};
use crate::view::OverviewView;

/// How often the store is measured.
const MEASURED_EVERY: Duration = Duration::from_secs(2);

/// How long hints are collected before the store is looked at again: a busy store gives thousands a second.
const COLLECTED_FOR: Duration = Duration::from_millis(150);

/// How long an answer may take before the storage counts as gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the store is, as every open page is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct State {
    pub(crate) head: u64,
    pub(crate) is_up: bool,
    pub(crate) problem: Option<String>,
    /// Grows with every measurement.
    pub(crate) measured: u64,
}

/// Watches one store for all pages: they cost it no more than one would.
pub(crate) struct Monitor {
    shared: Arc<Shared>,
    states: watch::Receiver<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    samples: Mutex<Samples>,
    answered_in: Mutex<Duration>,
}

impl Monitor {
    /// Begins to watch, so that the plots go back to the beginning of the pages.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        let (sender, states) = watch::channel(State::default());
        let shared = Arc::default();
        let watched = Watched {
            store,
            shared: Arc::clone(&shared),
            states: sender,
        };
        Self {
            shared,
            states,
            task: tokio::spawn(watched.watch()),
        }
    }

    /// The state of the store, and its changes from now on; they end when the router is dropped.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.states.clone()
    }

    pub(crate) fn overview(&self) -> OverviewView {
        let mut state = self.states.borrow().clone();
        if self.task.is_finished() {
            state.is_up = false;
            state.problem = Some("the pages have stopped measuring it".to_owned());
        }
        let (samples, statistics) = {
            let samples = lock(&self.shared.samples);
            (samples.view(Instant::now()), samples.statistics().clone())
        };
        let last = samples.last().copied();
        OverviewView {
            head: state.head,
            is_up: state.is_up,
            problem: state.problem,
            answered_in_micros: u64::try_from(lock(&self.shared.answered_in).as_micros()).unwrap_or(u64::MAX),
            events_per_second: last.map_or(0.0, |sample| sample.events_per_second),
            greatest_lag: last.map_or(0, |sample| sample.greatest_lag),
            bytes_on_disk: statistics.bytes_on_disk,
            connections: statistics.connections,
            connection_limit: statistics.connection_limit,
            samples,
        }
    }

    /// The lags of a subscription of late, oldest first.
    pub(crate) fn lags(&self, subscription: i64) -> Vec<u64> {
        lock(&self.shared.samples).lags(subscription)
    }

    /// Waits until the store was measured once.
    pub(crate) async fn measured(&self) {
        let mut states = self.watch();
        // An error means that the watch has ended: there is nothing more to wait for.
        let _ = states.wait_for(|state| state.measured > 0).await;
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Watched {
    store: Arc<dyn EventStore>,
    shared: Arc<Shared>,
    states: watch::Sender<State>,
}

impl Watched {
    async fn watch(self) {
        let mut listener = self.store.listen(&StreamSelector::All);
        let mut measurements = interval(MEASURED_EVERY);
        measurements.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_listening = true;
        loop {
            tokio::select! {
                _ = measurements.tick() => self.measure().await,
                hint = listener.hint(), if is_listening => {
                    // A notifier that was shut down says so again and again.
                    is_listening = hint.is_some();
                    sleep_until(tokio::time::Instant::now() + COLLECTED_FOR).await;
                    self.look().await;
                }
            }
        }
    }

    async fn measure(&self) {
        let began_at = Instant::now();
        match timely(self.measured()).await {
            Ok(measurement) => {
                let head = measurement.head;
                lock(&self.shared.samples).add(began_at, measurement);
                self.tell(Ok(head), true);
            }
            Err(problem) => self.tell(Err(problem), true),
        }
    }

    async fn measured(&self) -> Result<Measurement, Error> {
        let asked_at = Instant::now();
        let head = self.head().await?;
        *lock(&self.shared.answered_in) = asked_at.elapsed();
        Ok(Measurement {
            head,
            subscriptions: self.store.list_subscriptions().await?,
            statistics: self.statistics().await,
        })
    }

    /// What the storage knows of itself. A storage that answers everything else counts as one that knows nothing.
    async fn statistics(&self) -> StoreStatistics {
        self.store.statistics().await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the statistics of the storage are not known");
            StoreStatistics::default()
        })
    }

    async fn look(&self) {
        let head = timely(self.head()).await;
        self.tell(head, false);
    }

    async fn head(&self) -> Result<u64, Error> {
        Ok(self.store.stream_info(&StreamSelector::All).await?.version.get())
    }

    fn tell(&self, head: Result<u64, String>, was_measured: bool) {
        self.states.send_if_modified(|state| {
            let before = state.clone();
            state.measured += u64::from(was_measured);
            state.is_up = head.is_ok();
            match head {
                Ok(head) => (state.head, state.problem) = (head, None),
                Err(problem) => state.problem = Some(problem),
            }
            *state != before
        });
    }
}

/// What an answer says, or why there is none in time.
async fn timely<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
