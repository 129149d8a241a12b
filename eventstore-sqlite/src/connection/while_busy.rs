use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::error::is_busy;

/// How long to wait from one attempt to the next.
const PAUSE: Duration = Duration::from_millis(10);

/// Repeats what fails because others have the file, for this long.
///
/// SQLite itself does not wait for the lock by which a file gets its write-ahead log.
pub(super) async fn while_busy<T, F>(patience: Duration, attempt: impl Fn() -> F) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let began_at = Instant::now();
    loop {
        match attempt().await {
            Err(error) if is_busy(&error) && began_at.elapsed() < patience => sleep(PAUSE).await,
            ended => return ended,
        }
    }
}
