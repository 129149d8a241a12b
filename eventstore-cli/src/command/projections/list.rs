use eventstore_core::EventStore;

use crate::failure::Failure;
use crate::output::{BuildRow, Output};

/// Prints the builds of all projections.
pub(super) async fn run(store: &impl EventStore, mut output: Output) -> Result<(), Failure> {
    let builds = store.list_builds().await?;
    output.rows(builds.iter().map(BuildRow::new))?;
    output.flush()
}
