use std::sync::Arc;

use eventstore_core::{Error, GroupSettings, PartitionCount, PartitionNumber, SubscriptionKey};

use super::OrderingKey;
use crate::RetryPolicy;
use crate::subscribe::Plan;

/// How a group divides the events of a subscription among its processes.
///
/// ```
/// use eventstore_subscriptions::{Group, OrderingKey};
///
/// let group = Group::new(16)?.ordered_by(OrderingKey::category());
/// # let _ = group;
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Group {
    pub(crate) partitions: PartitionCount,
    pub(crate) ordering: OrderingKey,
}

impl Group {
    /// Divides the events into this many partitions, 1 to [`PartitionCount::MAX`], by their streams.
    ///
    /// Events of one partition are handled one after another, so the number of partitions is the most that all processes together handle at a
    /// time. It is stored when the group is created.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `partitions`.
    pub fn new(partitions: impl TryInto<PartitionCount, Error: Into<Error>>) -> Result<Self, Error> {
        Ok(Self {
            partitions: partitions.try_into().map_err(Into::into)?,
            ordering: OrderingKey::stream(),
        })
    }

    /// Divides the events by this key.
    #[must_use]
    pub fn ordered_by(self, ordering: OrderingKey) -> Self {
        Self { ordering, ..self }
    }

    /// The plan of one partition; `None` if it cannot have a name, which entering the group would have refused.
    pub(crate) fn plan_of(&self, partition: PartitionNumber, plan: &Plan, group: &SubscriptionKey) -> Option<Plan> {
        let key = partition.key(group, self.partitions).ok()?;
        let ordering = self.ordering.clone();
        Some(Plan {
            name: Some(key.name),
            partition_by: Some(Arc::new(move |event| Some(ordering.key_of(event)))),
            ..plan.clone()
        })
    }

    /// What is stored of the group.
    pub(crate) fn settings(&self, policy: &RetryPolicy) -> GroupSettings {
        GroupSettings {
            partitions: self.partitions,
            ordering: self.ordering.name().clone(),
            policy: policy.to_string().into(),
        }
    }
}
