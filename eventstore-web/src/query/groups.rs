use eventstore_core::{EventStore, SubscriptionKey};

use crate::problem::Problem;
use crate::view::GroupView;

/// The group of this key, if it is one.
pub(crate) async fn find_group(store: &dyn EventStore, key: &SubscriptionKey) -> Result<Option<GroupView>, Problem> {
    let groups = store.list_groups().await?;
    let Some(group) = groups.into_iter().find(|group| group.key == *key) else {
        return Ok(None);
    };
    let head = store.subscription_info(key).await?.head;
    Ok(Some(GroupView::new(&group, head)))
}
