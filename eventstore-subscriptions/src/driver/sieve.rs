use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventstore_core::{PartitionKey, PartitionedEvent, RecordedEvent};

use crate::SubscriptionEnded;
use crate::subscribe::{PartitionBy, Plan, Select};

/// Looks at events for a subscription: whether it wants them, and what partitions they belong to.
pub(super) struct Sieve {
    select: Option<Select>,
    partition_by: Option<PartitionBy>,
}

impl Sieve {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            select: plan.select.clone(),
            partition_by: plan.partition_by.clone(),
        }
    }

    /// The events that are to be delivered; an error if looking at one panicked.
    pub(super) fn sift(&self, events: Vec<RecordedEvent>) -> Result<Vec<PartitionedEvent>, SubscriptionEnded> {
        let sifted = events.into_iter().map(|event| self.look_at(event));
        sifted.filter_map(Result::transpose).collect()
    }

    fn look_at(&self, event: RecordedEvent) -> Result<Option<PartitionedEvent>, SubscriptionEnded> {
        let verdict = catch_unwind(AssertUnwindSafe(|| self.judge(&event)));
        match verdict {
            Ok(Verdict::Deliver(partition)) => Ok(Some(PartitionedEvent { event, partition })),
            Ok(Verdict::LeaveOut) => Ok(None),
            Err(panic) => Err(SubscriptionEnded::Panicked {
                number: event.event_number,
                message: message_of(&*panic),
            }),
        }
    }

    fn judge(&self, event: &RecordedEvent) -> Verdict {
        if self.select.as_ref().is_some_and(|select| !select(event)) {
            return Verdict::LeaveOut;
        }
        Verdict::Deliver(self.partition_by.as_ref().and_then(|key| key(event)))
    }
}

enum Verdict {
    Deliver(Option<PartitionKey>),
    LeaveOut,
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
