use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::error;

/// How long to wait before restarting what has panicked.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs, in a task of its own, a future that is not meant to end, and begins it again if it ends or panics (ADR 42).
///
/// The task ends when this future is dropped.
///
/// # Panics
///
/// Outside a tokio runtime.
pub async fn supervise<F>(what: &str, begin: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        // If this future is dropped, the set ends the task with it.
        let mut task = JoinSet::new();
        task.spawn(begin());
        let ended = task.join_next().await;
        error!(?ended, "the task of {what} has ended, and is begun again");
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_panics_or_ends_is_begun_again() {
        let begun = Arc::new(Semaphore::new(0));
        let counted = Arc::clone(&begun);
        let ends = move || {
            let counted = Arc::clone(&counted);
            async move {
                counted.add_permits(1);
                assert!(counted.available_permits() > 1, "the first time");
            }
        };
        let supervised = tokio::spawn(async move { supervise("a test", ends).await });
        begun.acquire_many(3).await.unwrap().forget();
        supervised.abort();
        assert!(supervised.await.unwrap_err().is_cancelled());
    }
}
