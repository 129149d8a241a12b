//! A caller that appends, a subscriber, and what they record.

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{EventNumber, ExpectedVersion, Progress, StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_postgres::PostgresStore;
use eventstore_subscriptions::{AckError, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use eventstore_testkit::history::{Log, Recorder, Watched};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::support::{Fixture, append};

/// More than anything takes that ends.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// How often something is appended at most.
const PACE: Duration = Duration::from_millis(2);

/// Settings that soon try again, deliver little at once, and store every checkpoint.
pub(super) fn settings() -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: 4.try_into().unwrap(),
        max_size: 4.try_into().unwrap(),
        retry_interval: Duration::from_millis(20),
        ..SubscriptionSettings::default()
    }
}

/// Somebody who appends to a few streams in turn, and tries again until each append is made.
pub(super) struct Writer {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(recorder: &Recorder, store: &PostgresStore) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(write(recorder.clone(), store.clone(), stopped));
        Self { stop, task }
    }

    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(LIMIT, self.task).await.unwrap().unwrap();
    }
}

async fn write(recorder: Recorder, store: PostgresStore, mut stopped: oneshot::Receiver<()>) {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut number = 0;
    while stopped.try_recv().is_err() {
        let append = append(&format!("s-{}", number % 3), ExpectedVersion::Any, 1 + number % 2);
        recorder.append(&store, append).await.unwrap();
        number += 1;
        pace.tick().await;
    }
}

/// A subscriber that acknowledges whatever it gets.
pub(super) struct Consumer {
    progress: watch::Receiver<Progress>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Option<SubscriptionEnded>>,
}

impl Consumer {
    /// Subscribes to all events.
    pub(super) fn start(
        recorder: &Recorder,
        store: &PostgresStore,
        subscriber: &str,
        name: &str,
        settings: SubscriptionSettings,
    ) -> Self {
        recorder.subscribed(subscriber, name);
        let request = Subscribe::new(SubscriptionName::new(name).unwrap(), StreamSelector::All).with_settings(settings);
        let subscription = Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap();
        let progress = subscription.watch();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(recorder.clone(), subscriber.to_owned(), subscription, stopped));
        Self { progress, stop, task }
    }

    /// Waits until so many events more are acknowledged.
    pub(super) async fn until_more_is_acknowledged(&mut self, events: u64) {
        let number = self.progress.borrow().acknowledged.after(events).unwrap();
        let acknowledged = self.progress.wait_for(|progress| progress.acknowledged >= number);
        timeout(LIMIT, acknowledged).await.unwrap().unwrap();
    }

    /// Waits until the checkpoint of this number is stored.
    pub(super) async fn until_stored(&mut self, number: EventNumber) {
        let stored = self.progress.wait_for(|progress| progress.checkpoint >= number);
        timeout(LIMIT, stored).await.unwrap().unwrap();
    }

    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        let ended = timeout(LIMIT, self.task).await.unwrap().unwrap();
        assert!(ended.is_none(), "{ended:?}");
    }
}

async fn serve(
    recorder: Recorder,
    name: String,
    mut subscription: Subscription,
    mut stopped: oneshot::Receiver<()>,
) -> Option<SubscriptionEnded> {
    loop {
        let events = tokio::select! {
            batch = subscription.next() => match batch {
                Some(Ok(events)) => events,
                Some(Err(ended)) => return Some(ended),
                None => return None,
            },
            _ = &mut stopped => break,
        };
        recorder.delivered(&name, &events);
        if let Some(last) = events.last() {
            recorder.acknowledging(&name, last);
            match subscription.ack(last).await {
                // What was delivered under a lost lease is not acknowledged under the next one.
                Ok(()) | Err(AckError::Unexpected { .. } | AckError::Ended) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    // What is not stored under faults comes again.
    let _ = subscription.stop().await;
    None
}

impl Fixture {
    /// The position of the newest event.
    pub(super) async fn head(&self) -> EventNumber {
        let head: i64 = sqlx::query_scalar("SELECT stream_version FROM streams WHERE stream_id = 0")
            .fetch_one(&mut self.session().await)
            .await
            .unwrap();
        u64::try_from(head).unwrap().try_into().unwrap()
    }

    /// Records the checkpoint that is in the table, if there is one.
    pub(super) async fn look_at_checkpoint(&self, recorder: &Recorder, name: &str) -> EventNumber {
        let checkpoint: Option<i64> =
            sqlx::query_scalar("SELECT coalesce(last_seen, 0) FROM subscriptions WHERE subscription_name = $1")
                .bind(name)
                .fetch_optional(&mut self.session().await)
                .await
                .unwrap();
        let number = u64::try_from(checkpoint.unwrap_or_default())
            .unwrap()
            .try_into()
            .unwrap();
        if checkpoint.is_some() {
            recorder.checkpoint_seen(name, number);
        }
        number
    }

    /// Judges what was written down, and says how much that was.
    pub(super) async fn judge(&self, recorder: &Recorder, watched: &[Watched]) {
        let log = Log::read(&self.store).await.unwrap();
        let report = recorder.history().unwrap().judge(&log, watched);
        println!("{report}");
        assert!(report.is_sound(), "{report}");
        assert!(report.faults > 0 && report.deliveries >= watched.len(), "{report}");
        assert_eq!(self.store.verify().await.unwrap(), []);
    }
}
