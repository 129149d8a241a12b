use eventstore_core::{EventNumber, SubscriptionInfo};
use serde::Serialize;

use super::table::TableRow;

/// How far a subscription is.
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
    held: bool,
    created_at: String,
}

impl SubscriptionRow {
    pub(crate) fn new(subscription: &SubscriptionInfo) -> Self {
        Self {
            name: subscription.key.name.as_str().to_owned(),
            stream: subscription.key.selector.to_string(),
            position: subscription.record.checkpoint.get(),
            head: subscription.head.map(EventNumber::get),
            lag: subscription.lag(),
            beyond_head: subscription.is_beyond_head(),
            held: subscription.is_held,
            created_at: subscription.created_at.to_string(),
        }
    }
}

impl TableRow for SubscriptionRow {
    const HEAD: &'static [&'static str] = &["NAME", "STREAM", "POSITION", "HEAD", "LAG", "HELD", "CREATED AT"];

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
            if self.held { "yes" } else { "no" }.to_owned(),
            self.created_at.clone(),
        ]
    }
}
