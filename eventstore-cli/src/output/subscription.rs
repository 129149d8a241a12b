use eventstore_core::{EventNumber, SubscriptionInfo};
use serde::Serialize;

use super::table::TableRow;

/// Where a subscription stands.
#[derive(Serialize)]
pub(crate) struct SubscriptionRow {
    name: String,
    stream: String,
    position: u64,
    /// Where its stream stands; nothing if there is none.
    head: Option<u64>,
    lag: Option<u64>,
    /// Whether what is appended up to the position will be skipped.
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
            self.position.to_string(),
            number(self.head),
            if self.beyond_head { "beyond head".to_owned() } else { number(self.lag) },
            if self.held { "yes" } else { "no" }.to_owned(),
            self.created_at.clone(),
        ]
    }
}
