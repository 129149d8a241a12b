use std::future::pending;
use std::time::Duration;

use eventstore_core::backend::EventToPark;
use eventstore_core::machine::DeliveredEvent;
use eventstore_core::{EventNumber, HolderState, ParkCause, Progress, StatusReport, StatusText, SubscriptionFailure};
use tokio::time::{Instant, sleep_until};

use super::failure::failure;

/// The minimum time between two reports of a subscription.
const INTERVAL: Duration = Duration::from_secs(5);

/// What a holder knows of its subscription, and when it reports that: on change, and not too often (ADR 62).
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub(super) struct Reports {
    report: StatusReport,
    /// Under this lease, an event was delivered or has failed: before that, there is nothing to tell.
    has_begun: bool,
    /// The last report under this lease, whatever became of it.
    last: Option<StatusReport>,
    is_under_way: bool,
    /// No later report begins before this.
    rests_until: Option<Instant>,
    /// Whether there is a lease to report under, and a storage that keeps reports.
    is_reporting: bool,
    has_unreported_failure: bool,
    /// The event that is being retried.
    retried: Option<EventNumber>,
}

impl Reports {
    pub(super) fn new(holder: StatusText) -> Self {
        Self {
            report: StatusReport {
                holder,
                delivered: EventNumber::ZERO,
                in_flight: 0,
                subscribers: 0,
                attempts: 0,
                last_failure: None,
                state: HolderState::Released,
            },
            has_begun: false,
            last: None,
            is_under_way: false,
            rests_until: None,
            is_reporting: false,
            has_unreported_failure: false,
            retried: None,
        }
    }

    /// Under a new lease, everything is delivered again. What has failed is still known.
    pub(super) fn begin_lease(&mut self) {
        *self = Self {
            report: StatusReport {
                delivered: EventNumber::ZERO,
                attempts: 0,
                state: HolderState::Released,
                ..self.report.clone()
            },
            rests_until: self.rests_until,
            is_reporting: true,
            ..Self::new(StatusText::default())
        };
    }

    pub(super) fn see(&mut self, progress: &Progress) {
        self.report.in_flight = u64::try_from(progress.in_flight).unwrap_or(u64::MAX);
        self.report.subscribers = u32::try_from(progress.subscribers).unwrap_or(u32::MAX);
        if self.retried.is_some_and(|number| number <= progress.acknowledged) {
            self.retry(None);
        }
    }

    pub(super) fn delivered(&mut self, events: &[DeliveredEvent]) {
        self.has_begun = true;
        for DeliveredEvent { event, attempt } in events {
            self.report.delivered = self.report.delivered.max(event.number);
            if *attempt > 1 {
                self.retry(Some((event.number, attempt - 1)));
            }
        }
    }

    /// An event has failed this many times.
    pub(super) fn failed(&mut self, failure: SubscriptionFailure, attempts: u32) {
        self.has_begun = true;
        self.retry(Some((failure.number, attempts)));
        self.report.last_failure = Some(failure);
        self.has_unreported_failure = true;
    }

    /// The event is acknowledged or parked.
    pub(super) fn settled(&mut self, number: EventNumber) {
        if self.retried == Some(number) {
            self.retry(None);
        }
    }

    /// A subscriber that refuses an event says why only if it is to be parked. A handler has said it before.
    pub(super) fn parked(&mut self, events: &[EventToPark]) {
        for event in events {
            let is_known = self
                .report
                .last_failure
                .as_ref()
                .is_some_and(|known| known.number == event.number);
            if let ParkCause::Rejected { reason, attempts } = &event.cause
                && !is_known
                && let Some(failure) = failure(event.number, event.event_id, reason)
            {
                self.failed(failure, *attempts);
            }
            self.settled(event.number);
        }
    }

    /// Whether the next report is to begin now.
    pub(super) fn is_due(&self) -> bool {
        self.is_changed() && self.rests_until.is_none_or(|until| until <= Instant::now())
    }

    /// Waits until the next report is to begin; for ever if there is nothing new.
    pub(super) async fn due(&self) {
        match self.rests_until {
            _ if !self.is_changed() => pending().await,
            Some(until) => sleep_until(until).await,
            None => {}
        }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// What to report before the next delivery.
    pub(super) fn begin_with(&mut self, state: HolderState) -> StatusReport {
        self.report.state = state;
        self.begin()
    }

    /// The lease is gone: nothing more is reported under it.
    pub(super) fn lose_lease(&mut self) {
        self.is_reporting = false;
    }

    /// What to report now.
    pub(super) fn begin(&mut self) -> StatusReport {
        self.is_under_way = true;
        self.rests_until = Some(Instant::now() + INTERVAL);
        self.last.insert(self.report.clone()).clone()
    }

    /// The report has been answered. What was not stored is reported with the next change.
    pub(super) fn end(&mut self, is_kept: bool) {
        self.is_under_way = false;
        self.is_reporting &= is_kept;
        let told = self.last.as_ref().and_then(|last| last.last_failure.as_ref());
        self.has_unreported_failure = told != self.report.last_failure.as_ref();
    }

    /// What to report before the lease is given back: that it is, or which events are still suspected, and why if the subscription ends with
    /// a failure. Nothing is reported after that.
    pub(super) fn end_lease(&mut self, left_suspected: Option<HolderState>) -> Option<StatusReport> {
        let was_reporting = std::mem::take(&mut self.is_reporting);
        let has_news = self.has_unreported_failure || self.report.state != HolderState::Released;
        (was_reporting && has_news).then(|| self.begin_with(left_suspected.unwrap_or(HolderState::Released)))
    }

    fn is_changed(&self) -> bool {
        // Until the first delivery is reported, there is nothing else to tell.
        let has_begun = self.has_begun && self.report.state != HolderState::Released;
        self.is_reporting && has_begun && !self.is_under_way && self.last.as_ref() != Some(&self.report)
    }

    fn retry(&mut self, retried: Option<(EventNumber, u32)>) {
        self.retried = retried.map(|(number, _)| number);
        self.report.attempts = retried.map_or(0, |(_, attempts)| attempts);
    }
}
