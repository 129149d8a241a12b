use eventstore_core::SubscriptionInfo;
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
    held: bool,
    created_at: String,
}

impl SubscriptionRow {
    pub(crate) fn new(subscription: &SubscriptionInfo, head: Option<u64>) -> Self {
        let position = subscription.record.checkpoint.get();
        Self {
            name: subscription.key.name.as_str().to_owned(),
            stream: subscription.key.selector.to_string(),
            position,
            head,
            lag: head.map(|head| head.saturating_sub(position)),
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
            number(self.lag),
            if self.held { "yes" } else { "no" }.to_owned(),
            self.created_at.clone(),
        ]
    }
}
