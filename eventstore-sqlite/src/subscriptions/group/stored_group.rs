use eventstore_core::{Error, GroupSettings, PartitionCount, Result, SubscriptionKey};
use rusqlite::{OptionalExtension, Row};

use crate::connection::Change;
use crate::error::failed;
use crate::sql;
use crate::subscriptions::Clock;

/// A subscription that members share, or might.
pub(super) struct StoredGroup {
    pub(super) id: i64,
    /// What a single holder has acknowledged.
    pub(super) checkpoint: i64,
    /// Whether it is a partition of another group.
    pub(super) is_partition: bool,
    epoch: i64,
    lease_boot: Option<String>,
    lease_until: Option<i64>,
    stored: Option<(Settings, i64)>,
}

/// The number of partitions, the ordering key and the policy.
type Settings = (u32, String, String);

impl StoredGroup {
    /// Finds a subscription, whether it is a group or not.
    pub(super) fn find(change: &Change<'_>, key: &SubscriptionKey) -> Result<Option<Self>> {
        let mut find = change.prepare_cached(sql::FIND_GROUP).map_err(failed)?;
        let parameters = [key.selector.as_str(), key.name.as_str()];
        find.query_row(parameters, Self::of).optional().map_err(failed)
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let partitions: Option<u32> = row.get("partitions")?;
        let stored = match partitions {
            Some(count) => Some((
                (count, row.get("ordering")?, row.get("policy")?),
                row.get("shared_epoch")?,
            )),
            None => None,
        };
        Ok(Self {
            id: row.get("id")?,
            checkpoint: row.get("checkpoint")?,
            is_partition: row.get("is_partition")?,
            epoch: row.get("lease_epoch")?,
            lease_boot: row.get("lease_boot")?,
            lease_until: row.get("lease_until")?,
            stored,
        })
    }

    /// What its members agree on; `None` if it is no group.
    pub(super) fn settings(&self) -> Result<Option<GroupSettings>> {
        let stored = self.stored.as_ref();
        stored.map(|(settings, _)| decode_settings(settings)).transpose()
    }

    /// Whether a single holder runs the subscription.
    pub(super) fn has_single_holder(&self, clock: &Clock) -> bool {
        clock.is_held(self.lease_boot.as_deref(), self.lease_until)
    }

    /// Whether no single holder was given the lease since members share the subscription.
    pub(super) fn is_shared(&self) -> bool {
        let since = self.stored.as_ref().map(|(_, epoch)| *epoch);
        since == Some(self.epoch)
    }
}

pub(super) fn decode_settings((partitions, ordering, policy): &Settings) -> Result<GroupSettings> {
    Ok(GroupSettings {
        partitions: PartitionCount::new(*partitions).map_err(Error::corrupt)?,
        ordering: ordering.as_str().into(),
        policy: policy.as_str().into(),
    })
}
