use clap::Args;
use eventstore_core::{
    Error, GroupInfo, GroupSettings, GroupStore, PartitionCount, StatusText, SubscriptionKey, SubscriptionName,
};

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// What to change of a group that no process runs.
#[derive(Args)]
pub(super) struct Regroup {
    /// The name of the group
    pub(super) name: SubscriptionName,
    /// The number of partitions it is to have, 1 to 16384
    #[arg(long, value_name = "N")]
    partitions: Option<u32>,
    /// The name of the ordering key it is to have, as its processes call it, such as 'stream' or 'by tenant'
    #[arg(long, value_name = "KEY")]
    ordering: Option<String>,
    /// The retry policy it is to have, as its processes call it, such as 'park after 5 attempts'
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
}

impl Regroup {
    pub(super) async fn run<C: Connector>(
        self,
        key: &SubscriptionKey,
        connector: &C,
        output: &Output,
    ) -> Result<(), Failure> {
        let store = connector.connect(Purpose::Calls).await?;
        let group = find(&store, key).await?;
        let settings = self.settings(group.settings)?;
        let changed = store.change_group(key, &settings).await.map_err(Failure::from);
        changed.map_err(|failure| failure.with_remedy(remedy))?;
        let GroupSettings {
            partitions,
            ordering,
            policy,
        } = settings;
        output.note(&format!(
            "the group has {partitions} partitions by the key '{ordering}', and will {policy}"
        ));
        Ok(())
    }

    /// What is not named stays as it is.
    fn settings(self, stored: GroupSettings) -> Result<GroupSettings, Error> {
        Ok(GroupSettings {
            partitions: match self.partitions {
                Some(count) => PartitionCount::new(count)?,
                None => stored.partitions,
            },
            ordering: self.ordering.map_or(stored.ordering, StatusText::from),
            policy: self.policy.map_or(stored.policy, StatusText::from),
        })
    }
}

fn remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::SubscriptionHeld { .. } => Some("stop the processes of the group first"),
        _ => None,
    }
}

/// The group of this key.
pub(super) async fn find(store: &(impl GroupStore + ?Sized), key: &SubscriptionKey) -> Result<GroupInfo, Error> {
    let groups = store.list_groups().await?;
    let found = groups.into_iter().find(|group| group.key == *key);
    found.ok_or_else(|| Error::SubscriptionNotFound { key: key.clone() })
}
