use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventstore_core::EventNumber;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::machine::PartitionedEvent;

use crate::SubscriptionEnded;
use crate::subscribe::{PartitionBy, Plan, Select};

/// Filters events for a subscription, and determines the partitions of those that match.
pub(super) struct EventSelection {
    select: Option<Select>,
    partition_by: Option<PartitionBy>,
}

impl EventSelection {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            select: plan.select.clone(),
            partition_by: plan.partition_by.clone(),
        }
    }

    /// The events to deliver; an error if the selector or the partitioning function panicked on one.
    pub(super) fn sift(&self, events: Vec<NumberedEvent>) -> Result<Vec<PartitionedEvent>, SubscriptionEnded> {
        let mut number = EventNumber::ZERO;
        let sifted = events.into_iter().filter_map(|event| {
            number = event.number;
            self.partitioned(event)
        });
        let sifted = catch_unwind(AssertUnwindSafe(|| sifted.collect()));
        sifted.map_err(|panic| SubscriptionEnded::Panicked {
            number: Some(number),
            message: message_of(&*panic),
        })
    }

    fn partitioned(&self, event: NumberedEvent) -> Option<PartitionedEvent> {
        if self.select.as_ref().is_some_and(|select| !select(&event)) {
            return None;
        }
        let partition = self.partition_by.as_ref().and_then(|key| key(&event));
        Some(PartitionedEvent { event, partition })
    }
}

pub(crate) fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
