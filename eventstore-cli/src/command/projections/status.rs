use std::time::SystemTime;

use eventstore_core::{EventStore, ProjectionName, Timestamp, projection_progress};

use crate::failure::Failure;
use crate::output::{BuildProgressRow, Output};

/// Prints how far each build of a projection is.
pub(super) async fn run(store: &impl EventStore, name: &ProjectionName, mut output: Output) -> Result<(), Failure> {
    let progress = projection_progress(store, name).await?;
    let now = Timestamp::try_from(SystemTime::now()).ok();
    output.rows(progress.iter().map(|progress| BuildProgressRow::new(progress, now)))?;
    output.flush()
}
