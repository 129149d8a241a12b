use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use eventstore_core::backend::{
    EventToPark, LeaseToken, PageRequest, Parking, StatusOutcome, StreamWatch, SubscriptionBackend, SubscriptionLocks,
};
use eventstore_core::machine::Input;
use eventstore_core::{
    Direction, Error, EventFilter, EventNumber, HolderState, ParkedEventStore, ReportedStatus, Result, StatusReport,
    StatusText, StreamSelector, SubscriptionId, SubscriptionKey,
};
use tracing::{debug, warn};

use super::acquire::{Acquired, Acquirer};
use super::continuity::Continuity;
use super::event_selection::EventSelection;
use crate::event_source::EventSource;
use crate::group::PartitionTurns;
use crate::parked_gauge::ParkedGauge;
use crate::retrying::Retries;
use crate::subscribe::Plan;
use crate::tail_cache::TailRead;
use crate::{Activity, StartFrom, SubscriptionEnded};

/// The background work of a subscription.
pub(crate) struct BackgroundWork {
    was_held_before: bool,
    holder: StatusText,
    /// `None` for a transient subscription.
    key: Option<SubscriptionKey>,
    parking: Option<Arc<dyn ParkedEventStore>>,
    parked: Option<ParkedGauge>,
    backend: Arc<dyn SubscriptionBackend>,
    reader: EventSource,
    /// Only of a partition of a group.
    turns: Option<Arc<PartitionTurns>>,
    continuity: Continuity,
    begins_at_the_end: bool,
    acquirer: Acquirer,
    selection: EventSelection,
    selector: StreamSelector,
    filter: EventFilter,
    retries: Arc<Retries>,
    /// Whether the stream may end before the position of the subscription: not yet known under this lease, or known to.
    may_be_beyond_head: AtomicBool,
}

/// What such work is done with.
pub(crate) struct Means {
    pub(crate) backend: Arc<dyn SubscriptionBackend>,
    pub(crate) locks: Arc<dyn SubscriptionLocks>,
    pub(crate) reader: EventSource,
    pub(crate) parking: Option<Arc<dyn ParkedEventStore>>,
    /// Only of a partition of a group.
    pub(crate) turns: Option<Arc<PartitionTurns>>,
    /// This process has held the lease before, so that a report of this holder is its own.
    pub(crate) was_held_before: bool,
    /// The name under which this process reports.
    pub(crate) holder: StatusText,
}

/// The outcome of such work.
pub(super) enum WorkOutcome {
    Acquired(Acquired),
    Input(Input),
    /// What the holder before has reported last.
    PreviousReport(Option<ReportedStatus>),
    /// A report has been answered.
    Reported {
        /// Whether the storage keeps reports.
        is_kept: bool,
    },
    /// A page cannot be read, now or later.
    Damaged(SubscriptionEnded),
    /// The subscription cannot go on; the machine is given the answer that it waits for, if it waits for one.
    Failed {
        ended: SubscriptionEnded,
        answer: Option<Input>,
    },
}

impl BackgroundWork {
    pub(crate) fn new(means: Means, plan: &Plan) -> Self {
        let Means {
            backend,
            locks,
            reader,
            parking,
            turns,
            was_held_before,
            holder,
        } = means;
        Self {
            was_held_before,
            holder,
            key: plan.key(),
            reader,
            turns,
            continuity: Continuity::new(Arc::clone(&backend), plan.selector.clone()),
            begins_at_the_end: plan.name.is_none() && plan.start_from == StartFrom::Current,
            acquirer: Acquirer::new(Arc::clone(&backend), locks, parking.clone(), plan),
            parked: plan.key().map(|key| ParkedGauge::new(backend.metrics_label(), &key)),
            parking,
            backend,
            selection: EventSelection::new(plan),
            selector: plan.selector.clone(),
            filter: plan.filter.clone(),
            retries: Arc::default(),
            may_be_beyond_head: AtomicBool::new(true),
        }
    }

    /// The activities that currently fail and are retried.
    pub(super) fn retries(&self) -> Arc<Retries> {
        Arc::clone(&self.retries)
    }

    /// Whether this process has held the lease before this subscription began.
    pub(super) fn was_held_before(&self) -> bool {
        self.was_held_before
    }

    /// The name under which this process reports.
    pub(super) fn holder(&self) -> StatusText {
        self.holder.clone()
    }

    /// The label that distinguishes the store from others.
    pub(super) fn metrics_label(&self) -> &str {
        self.backend.metrics_label()
    }

    pub(super) async fn acquire(&self) -> WorkOutcome {
        match self.acquirer.acquire().await {
            Ok(Some(acquired)) => {
                self.retries.succeeded(Activity::TakingTheLease);
                self.reader.begin_again();
                self.may_be_beyond_head
                    .store(!self.begins_at_the_end, Ordering::Relaxed);
                if self.begins_at_the_end {
                    self.continuity.saw_end(acquired.checkpoint);
                }
                if let Some(held) = &acquired.held {
                    self.tell_parked(held.token().id).await;
                }
                WorkOutcome::Acquired(acquired)
            }
            Ok(None) => {
                self.retries.succeeded(Activity::TakingTheLease);
                WorkOutcome::Input(Input::AcquireFailed)
            }
            Err(error) => self.judge(error, Activity::TakingTheLease, Input::AcquireFailed),
        }
    }

    pub(super) async fn read(&self, after: EventNumber, limit: u32, max_bytes: NonZeroU64) -> WorkOutcome {
        let request = PageRequest::new(self.selector.clone(), Direction::Forward, after.next(), limit);
        match self.read_page(after, request.with_max_bytes(max_bytes)).await {
            Ok(read) => self.done(Activity::Reading, read),
            Err(Error::StreamNotFound { .. }) => self.done(Activity::Reading, Ok(Input::StreamMissing)),
            Err(Error::StreamDeleted { .. }) => WorkOutcome::Input(Input::StreamDeleted),
            Err(error) if is_damage(&error) => WorkOutcome::Damaged(SubscriptionEnded::Damaged {
                after,
                source: Arc::new(error),
            }),
            Err(error) => self.judge(error, Activity::Reading, Input::ReadFailed),
        }
    }

    /// From now on, nothing that was read before is delivered.
    pub(super) fn begin_again(&self) {
        self.reader.begin_again();
    }

    /// Reads under a lease that was given before the stream existed, once the lease watches the stream.
    pub(super) async fn watch_and_read(
        &self,
        lease: LeaseToken,
        after: EventNumber,
        limit: u32,
        max_bytes: NonZeroU64,
    ) -> WorkOutcome {
        match self.backend.watch_stream(lease).await {
            Ok(StreamWatch::Watching) => {
                self.reader.begin_again();
                self.read(after, limit, max_bytes).await
            }
            Ok(StreamWatch::NoStream) => match self.on_the_same_log(async { Ok(Input::StreamMissing) }).await {
                Ok(missing) => self.done(Activity::Reading, missing),
                Err(error) => self.judge(error, Activity::Reading, Input::ReadFailed),
            },
            Ok(StreamWatch::Unknown) => match self.read(after, limit, max_bytes).await {
                // The stream exists now: what was read may be of an earlier stream of this name.
                WorkOutcome::Input(Input::PageRead { .. }) => WorkOutcome::Input(Input::LeaseLost),
                done => done,
            },
            Err(error) => self.judge(error, Activity::Reading, Input::ReadFailed),
        }
    }

    pub(super) async fn save(&self, lease: LeaseToken, number: EventNumber) -> WorkOutcome {
        let activity = Activity::StoringTheCheckpoint;
        match self.on_the_same_log(self.backend.save_checkpoint(lease, number)).await {
            Ok(saved) => self.done(
                activity,
                saved.map(|outcome| Input::CheckpointStored { number, outcome }),
            ),
            Err(error) => self.judge(error, activity, Input::CheckpointFailed { number }),
        }
    }

    /// Reports what the holder knows. Nothing depends on that: if it fails, the next change is another chance, and a holder learns from its
    /// lease that there is a later one.
    pub(super) async fn report(&self, lease: LeaseToken, report: &StatusReport) -> WorkOutcome {
        let reported = self.backend.report_status(lease, report).await;
        if let Err(error) = &reported {
            debug!(%error, key = ?self.key, "the status of a subscription was not reported");
        }
        WorkOutcome::Reported {
            is_kept: !matches!(reported, Ok(StatusOutcome::NotKept)),
        }
    }

    /// What the holder before has reported last. If that cannot be found out, it counts as having ended in good order: no event is held back
    /// because of that.
    pub(super) async fn previous_report(&self, id: SubscriptionId) -> WorkOutcome {
        let previous = self.until_it_answers(|| self.backend.subscription_status(id)).await;
        WorkOutcome::PreviousReport(previous.flatten())
    }

    /// Reports before a delivery, so that a process that does not survive the event has told its number.
    ///
    /// In a group, no other event is handled from before this report until the one that is delivered alone has been.
    pub(super) async fn report_before_delivery(&self, lease: LeaseToken, report: &StatusReport) -> WorkOutcome {
        if let (Some(turns), HolderState::DeliveringAlone { .. }) = (&self.turns, report.state) {
            turns.reserve_alone().await;
        }
        self.report_for_sure(lease, report).await
    }

    /// Reports after a delivery alone in a group, so that no other process blames the event for what other partitions do.
    pub(super) async fn report_after_delivery(&self, lease: LeaseToken, report: &StatusReport) -> WorkOutcome {
        self.report_for_sure(lease, report).await
    }

    async fn report_for_sure(&self, lease: LeaseToken, report: &StatusReport) -> WorkOutcome {
        let reported = self
            .until_it_answers(|| self.backend.report_status(lease, report))
            .await;
        WorkOutcome::Reported {
            is_kept: reported != Some(StatusOutcome::NotKept),
        }
    }

    pub(super) fn is_in_a_group(&self) -> bool {
        self.turns.is_some()
    }

    /// The turn that was reserved is not needed, or over.
    pub(super) fn cancel_turn(&self) {
        if let Some(turns) = &self.turns {
            turns.cancel();
        }
    }

    /// Calls again until the storage answers; nothing if it answers with an error that stays.
    async fn until_it_answers<T, F>(&self, call: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T>>,
    {
        let calls = call
            .retry(attempts())
            .sleep(tokio::time::sleep)
            .when(Error::is_retryable);
        let calls = calls.notify(|error, _| {
            debug!(%error, key = ?self.key, "the status of a subscription cannot be stored or read: trying again");
        });
        let answer = calls.await;
        if let Err(error) = &answer {
            warn!(%error, key = ?self.key, "the attempts of events that end their process are not counted");
        }
        answer.ok()
    }

    pub(super) fn can_park(&self) -> bool {
        self.key.is_some() && self.parking.is_some()
    }

    pub(super) async fn park(
        &self,
        lease: LeaseToken,
        events: Vec<EventToPark>,
        checkpoint: EventNumber,
    ) -> WorkOutcome {
        let (Some(store), Some(key)) = (&self.parking, self.key.clone()) else {
            return WorkOutcome::Input(Input::ParkFailed);
        };
        let parking = Parking {
            lease,
            key,
            events,
            checkpoint,
        };
        match self.on_the_same_log(store.park(&parking)).await {
            Ok(parked) => {
                self.tell_parked(lease.id).await;
                self.done(Activity::Parking, parked.map(Input::Parked))
            }
            Err(error) => self.judge(error, Activity::Parking, Input::ParkFailed),
        }
    }

    fn done(&self, activity: Activity, outcome: Result<Input, SubscriptionEnded>) -> WorkOutcome {
        self.retries.succeeded(activity);
        match outcome {
            Ok(input) => WorkOutcome::Input(input),
            Err(ended) => WorkOutcome::Failed { ended, answer: None },
        }
    }

    /// Retries only what another attempt can fix, and reports it meanwhile; any other error ends the subscription with its cause.
    fn judge(&self, error: Error, activity: Activity, answer: Input) -> WorkOutcome {
        if error.is_retryable() {
            warn!(%error, "{activity} failed and will be tried again");
            self.retries.failed(activity, error);
            return WorkOutcome::Input(answer);
        }
        WorkOutcome::Failed {
            ended: ended_by(error, activity),
            answer: Some(answer),
        }
    }

    /// Makes a change, if the log still holds what was seen of it.
    async fn on_the_same_log<T>(
        &self,
        change: impl Future<Output = Result<T>>,
    ) -> Result<Result<T, SubscriptionEnded>> {
        match self.continuity.check().await? {
            Ok(()) => change.await.map(Ok),
            Err(ended) => Ok(Err(ended)),
        }
    }

    /// Returns the end of the stream if that is before this number, so that nothing follows; else the number. A page does not say, so
    /// the stream is asked: once under a lease, and for as long as the position is beyond its end.
    async fn end_up_to(&self, after: EventNumber) -> Result<EventNumber> {
        if after == EventNumber::ZERO || !self.may_be_beyond_head.load(Ordering::Relaxed) {
            return Ok(after);
        }
        let end = EventNumber::from(self.backend.stream_info(&self.selector).await?.version);
        self.may_be_beyond_head.store(end < after, Ordering::Relaxed);
        Ok(end.min(after))
    }

    async fn tell_parked(&self, id: SubscriptionId) {
        if let (Some(store), Some(gauge)) = (&self.parking, &self.parked) {
            gauge.tell(&**store, id).await;
        }
    }

    async fn read_page(&self, after: EventNumber, request: PageRequest) -> Result<Result<Input, SubscriptionEnded>> {
        let storage_epoch = self.backend.storage_epoch();
        let read = self.reader.read(request.with_filter(self.filter.clone())).await;
        // Before the error of the read is returned: after a failover, a missing stream may have been rolled back, and
        // is then not just missing (ADR 38).
        if let Err(ended) = self.continuity.check().await? {
            return Ok(Err(ended));
        }
        let read = read?;
        if self.backend.storage_epoch() != storage_epoch {
            return Err(exchanged());
        }
        self.continuity.saw(read.events());
        if !read.events().is_empty() {
            self.may_be_beyond_head.store(false, Ordering::Relaxed);
        }
        Ok(match read {
            TailRead::Page(page) if page.events.is_empty() && page.is_last && page.scanned_to == after => {
                Ok(Input::PageRead {
                    after,
                    events: Vec::new(),
                    scanned_to: self.end_up_to(after).await?,
                    is_last: true,
                })
            }
            TailRead::Page(page) => self.selection.sift(page.events).map(|events| Input::PageRead {
                after,
                events,
                scanned_to: page.scanned_to,
                is_last: page.is_last,
            }),
            TailRead::HandedOver(part) => self.selection.sift(part.events).map(|events| Input::HandedOver {
                after,
                events,
                up_to: part.up_to,
            }),
        })
    }
}

/// How often the storage is asked again while it does not answer.
fn attempts() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(2))
        .without_max_times()
        .with_jitter()
}

/// Whether an event is at fault rather than the storage or its settings.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(
        error,
        Error::Storage { .. } | Error::Payload { .. } | Error::InvalidInput { .. }
    )
}

pub(crate) fn ended_by(error: Error, activity: Activity) -> SubscriptionEnded {
    match error {
        Error::StoreClosed => SubscriptionEnded::StoreClosed,
        // While parking, the deleted stream is the one of dead letters.
        Error::StreamDeleted { .. } if activity != Activity::Parking => SubscriptionEnded::StreamDeleted,
        error => SubscriptionEnded::Failed(Arc::new(error)),
    }
}

/// What was read may be of the log before a failover.
fn exchanged() -> Error {
    Error::Unavailable {
        message: "the storage failed over to one with another log during a read".to_owned(),
        source: None,
    }
}
