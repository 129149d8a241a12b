use eventstore_core::{EventNumber, HolderState, ReportedStatus, SubscriptionFailure, SubscriptionInfo};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A persistent subscription.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    /// Its id in storage.
    pub(crate) id: i64,
    /// The stream that is subscribed to.
    pub(crate) stream: String,
    /// Its name.
    pub(crate) name: String,
    /// The number up to which every event has been acknowledged.
    pub(crate) checkpoint: u64,
    /// The number of the last event of its stream, if there is a stream.
    pub(crate) head: Option<u64>,
    /// How many events it has before it.
    pub(crate) lag: Option<u64>,
    /// Whether a process holds it.
    pub(crate) is_held: bool,
    /// Whether its checkpoint is beyond the end of its stream.
    pub(crate) is_beyond_head: bool,
    /// When it was created, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// How many of its events are parked; nothing if this user of the database may not see them.
    pub(crate) parked: Option<u64>,
    /// What its holder has reported last, if it has.
    pub(crate) report: Option<ReportView>,
}

/// What only the process that runs a subscription knows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// The process.
    pub(crate) holder: String,
    /// The highest number that was delivered.
    pub(crate) delivered: u64,
    /// How many events are delivered and not acknowledged.
    pub(crate) in_flight: u64,
    /// How many subscribers there are in the process.
    pub(crate) subscribers: u32,
    /// How often the event that is being retried was tried.
    pub(crate) attempts: u32,
    /// What failed last.
    pub(crate) failure: Option<FailureView>,
    /// The number of the event that is being delivered alone, after a holder that did not end in good order.
    pub(crate) alone: Option<u64>,
    /// When it was reported, as RFC 3339 writes it.
    pub(crate) reported_at: String,
}

/// An event that a subscriber could not handle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct FailureView {
    /// Its number in the stream that is subscribed to.
    pub(crate) number: u64,
    /// Its id.
    pub(crate) event_id: Uuid,
    /// Why.
    pub(crate) message: String,
    /// When, as RFC 3339 writes it.
    pub(crate) failed_at: String,
}

impl ReportView {
    fn new(status: &ReportedStatus) -> Self {
        let report = &status.report;
        Self {
            holder: report.holder.as_str().to_owned(),
            delivered: report.delivered.get(),
            in_flight: report.in_flight,
            subscribers: report.subscribers,
            attempts: report.attempts,
            failure: report.last_failure.as_ref().map(FailureView::new),
            alone: match report.state {
                HolderState::DeliveringAlone { number, .. } => Some(number.get()),
                _ => None,
            },
            reported_at: status.reported_at.to_string(),
        }
    }
}

impl FailureView {
    fn new(failure: &SubscriptionFailure) -> Self {
        Self {
            number: failure.number.get(),
            event_id: failure.event_id.as_uuid(),
            message: failure.message.as_str().to_owned(),
            failed_at: failure.failed_at.to_string(),
        }
    }
}

impl SubscriptionView {
    pub(crate) fn new(info: &SubscriptionInfo, parked: Option<u64>, status: Option<&ReportedStatus>) -> Self {
        Self {
            id: info.record.id.get(),
            stream: info.key.selector.to_string(),
            name: info.key.name.to_string(),
            checkpoint: info.record.checkpoint.get(),
            head: info.head.map(EventNumber::get),
            lag: info.lag(),
            is_held: info.is_held,
            is_beyond_head: info.is_beyond_head(),
            created_at: info.created_at.to_string(),
            parked,
            report: status.map(ReportView::new),
        }
    }
}
