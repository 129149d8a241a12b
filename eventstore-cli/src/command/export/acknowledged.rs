use std::cmp::Reverse;

use eventstore_core::{EventId, SubscriptionInfo};

use crate::portable::{Prefix, PrefixBuilder};

/// Goes along with the events of a stream, and tells which of them each subscription to it has acknowledged.
#[derive(Default)]
pub(super) struct Acknowledged {
    seen: PrefixBuilder,
    /// Those whose checkpoints have not been passed, the nearest one last.
    ahead: Vec<SubscriptionInfo>,
    passed: Vec<(SubscriptionInfo, Prefix)>,
}

impl Acknowledged {
    pub(super) fn by(mut subscriptions: Vec<SubscriptionInfo>) -> Self {
        subscriptions.sort_by_key(|subscription| Reverse(subscription.record.checkpoint));
        Self {
            ahead: subscriptions,
            ..Self::default()
        }
    }

    /// The next event of the stream.
    pub(super) fn pass(&mut self, number: u64, event_id: EventId) {
        let is_passed = |next: &mut SubscriptionInfo| next.record.checkpoint.get() < number;
        while let Some(passed) = self.ahead.pop_if(is_passed) {
            self.passed.push((passed, self.seen.prefix()));
        }
        self.seen.push(event_id);
    }

    /// The subscriptions with what they have acknowledged of the events that were there.
    pub(super) fn finish(mut self) -> Vec<(SubscriptionInfo, Prefix)> {
        let all = self.seen.prefix();
        let rest = self.ahead.into_iter().rev().map(|info| (info, all.clone()));
        self.passed.extend(rest);
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::backend::SubscriptionRecord;
    use eventstore_core::{EventNumber, StreamSelector, SubscriptionId, SubscriptionKey, SubscriptionName};
    use uuid::Uuid;

    use super::*;

    fn at(checkpoint: u32) -> SubscriptionInfo {
        SubscriptionInfo {
            key: SubscriptionKey {
                selector: StreamSelector::All,
                name: SubscriptionName::new("s").unwrap(),
            },
            record: SubscriptionRecord {
                id: SubscriptionId::new(1),
                checkpoint: EventNumber::from(checkpoint),
            },
            created_at: "2024-01-01T00:00:00Z".parse().unwrap(),
            is_held: false,
            head: None,
        }
    }

    #[test]
    fn counts_the_events_up_to_a_checkpoint_and_no_gaps() {
        let mut acknowledged = Acknowledged::by([9, 4, 0, 5, 3].map(at).into());
        for number in [2, 4, 7] {
            acknowledged.pass(number, Uuid::from_u128(number.into()).into());
        }
        let counted = acknowledged.finish();
        let counted = counted
            .iter()
            .map(|(info, prefix)| (info.record.checkpoint.get(), prefix.events));
        assert_eq!(counted.collect::<Vec<_>>(), [(0, 0), (3, 1), (4, 2), (5, 2), (9, 3)]);
    }
}
