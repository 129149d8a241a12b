use std::collections::BTreeSet;
use std::time::SystemTime;

use eventstore_core::{Error, EventStore, Timestamp, projection_progress};

use crate::problem::Problem;
use crate::view::BuildView;

/// Every build of every projection, and how far it is.
pub(crate) async fn list_builds(store: &dyn EventStore) -> Result<Vec<BuildView>, Problem> {
    let names: BTreeSet<_> = store.list_builds().await?.into_iter().map(|build| build.name).collect();
    let now = Timestamp::try_from(SystemTime::now()).ok();
    let mut views = Vec::new();
    for name in names {
        match projection_progress(store, &name).await {
            Ok(progress) => views.extend(progress.iter().map(|progress| BuildView::new(progress, now))),
            // Its last build was forgotten meanwhile.
            Err(Error::ProjectionNotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(views)
}
