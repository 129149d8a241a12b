use eventstore_core::{EventNumber, GroupInfo, ReportedStatus, SubscriptionFailure, SubscriptionInfo};
use serde::Serialize;

use super::table::TableRow;

/// How far a subscription is, and what its holder has reported last.
#[derive(Serialize)]
pub(crate) struct SubscriptionRow {
    name: String,
    stream: String,
    position: u64,
    /// The number of the newest event of its stream; nothing if there is no such stream.
    head: Option<u64>,
    lag: Option<u64>,
    /// Whether it is beyond the head: what comes up to its position is passed over.
    beyond_head: bool,
    parked: u64,
    held: bool,
    /// How many processes share it; nothing if it is no group.
    members: Option<usize>,
    /// In how many partitions they share it.
    partitions: Option<u16>,
    /// Nothing if no holder has reported.
    status: Option<Status>,
    created_at: String,
}

/// What a holder has reported last; it may have gone since.
#[derive(Serialize)]
struct Status {
    holder: String,
    delivered: u64,
    in_flight: u64,
    subscribers: u32,
    attempts: u32,
    last_failure: Option<Failure>,
    reported_at: String,
}

/// An event that a subscriber could not process.
#[derive(Serialize)]
struct Failure {
    number: u64,
    event_id: String,
    message: String,
    failed_at: String,
}

impl SubscriptionRow {
    pub(crate) fn new(
        subscription: &SubscriptionInfo,
        parked: u64,
        status: Option<&ReportedStatus>,
        group: Option<&GroupInfo>,
    ) -> Self {
        Self {
            name: subscription.key.name.as_str().to_owned(),
            stream: subscription.key.selector.to_string(),
            position: subscription.record.checkpoint.get(),
            head: subscription.head.map(EventNumber::get),
            lag: subscription.lag(),
            beyond_head: subscription.is_beyond_head(),
            parked,
            held: subscription.is_held,
            members: group.map(|group| group.members.len()),
            partitions: group.map(|group| group.settings.partitions.get()),
            status: status.map(Status::new),
            created_at: subscription.created_at.to_string(),
        }
    }

    /// The holder, or the last one in parentheses.
    fn holder(&self) -> String {
        match self.members {
            Some(0) => return "-".to_owned(),
            Some(1) => return "1 member".to_owned(),
            Some(members) => return format!("{members} members"),
            None => {}
        }
        match (&self.status, self.held) {
            (Some(status), true) => status.holder.clone(),
            (Some(status), false) => format!("({})", status.holder),
            (None, true) => "yes".to_owned(),
            (None, false) => "-".to_owned(),
        }
    }

    fn failure(&self) -> String {
        let failure = self.status.as_ref().and_then(|status| status.last_failure.as_ref());
        failure.map_or_else(
            || "-".to_owned(),
            |failure| format!("{}: {}", failure.number, failure.message),
        )
    }
}

impl Status {
    fn new(status: &ReportedStatus) -> Self {
        let report = &status.report;
        Self {
            holder: report.holder.to_string(),
            delivered: report.delivered.get(),
            in_flight: report.in_flight,
            subscribers: report.subscribers,
            attempts: report.attempts,
            last_failure: report.last_failure.as_ref().map(Failure::new),
            reported_at: status.reported_at.to_string(),
        }
    }
}

impl Failure {
    fn new(failure: &SubscriptionFailure) -> Self {
        Self {
            number: failure.number.get(),
            event_id: failure.event_id.to_string(),
            message: failure.message.to_string(),
            failed_at: failure.failed_at.to_string(),
        }
    }
}

impl TableRow for SubscriptionRow {
    const HEAD: &'static [&'static str] = &[
        "NAME",
        "STREAM",
        "POSITION",
        "HEAD",
        "LAG",
        "PARKED",
        "HOLDER",
        "CREATED AT",
        "LAST FAILURE",
    ];

    fn cells(&self) -> Vec<String> {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        vec![
            self.name.clone(),
            self.stream.clone(),
            if self.beyond_head {
                format!("{} (beyond the head)", self.position)
            } else {
                self.position.to_string()
            },
            number(self.head),
            number(self.lag),
            self.parked.to_string(),
            self.holder(),
            self.created_at.clone(),
            self.failure(),
        ]
    }
}
