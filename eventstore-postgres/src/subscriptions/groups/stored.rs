use eventstore_core::{Error, GroupSettings, PartitionCount, Result, StatusText, SubscriptionId, SubscriptionKey};

use crate::connection::Steps;
use crate::error::damaged;
use crate::sql::Statements;

/// The settings of a group as they are stored.
pub(super) struct StoredGroup {
    partitions: i32,
    ordering: String,
    policy: String,
    /// Whether a single holder has ended the memberships.
    pub(super) is_over: bool,
}

impl StoredGroup {
    pub(super) async fn find(
        steps: &mut Steps<'_>,
        statements: &Statements,
        id: SubscriptionId,
    ) -> Result<Option<Self>, sqlx::Error> {
        let query = statements.find_group.query_as::<(i32, String, String, bool)>();
        let query = query.bind(id.get());
        let found = steps
            .run(async |connection| query.fetch_optional(connection).await)
            .await?;
        Ok(found.map(|(partitions, ordering, policy, is_over)| Self {
            partitions,
            ordering,
            policy,
            is_over,
        }))
    }

    pub(super) fn settings(&self) -> Result<GroupSettings> {
        settings(self.partitions, &self.ordering, &self.policy)
    }

    /// Refuses members that have not agreed on the same.
    pub(super) fn refuse_others(&self, key: &SubscriptionKey, requested: &GroupSettings) -> Result<()> {
        match self.settings()?.difference(requested) {
            None => Ok(()),
            Some((setting, stored, requested)) => Err(Error::GroupDiffers {
                key: key.clone(),
                setting,
                stored,
                requested,
            }),
        }
    }
}

pub(super) fn settings(partitions: i32, ordering: &str, policy: &str) -> Result<GroupSettings> {
    let partitions = u32::try_from(partitions).map_err(damaged)?;
    Ok(GroupSettings {
        partitions: PartitionCount::new(partitions).map_err(damaged)?,
        ordering: StatusText::new(ordering),
        policy: StatusText::new(policy),
    })
}
