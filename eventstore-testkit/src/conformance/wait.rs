use std::time::Duration;

use tokio::time::timeout;

/// How long a case waits for what has to come; longer than any delay of a slow machine, shorter than a poll.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to pause between two polls of something that cannot be waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for what has to come soon.
pub(super) async fn soon<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(PATIENCE, awaited)
        .await
        .unwrap_or_else(|_| panic!("expected: {what}\n       got: nothing within {PATIENCE:?}"))
}

/// Pauses between two polls of something that cannot be waited for.
pub(super) async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

/// Tries again until there is an answer; for what has no event to wait for.
pub(super) async fn until_some<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            match attempt().await {
                Some(found) => return found,
                None => pause().await,
            }
        }
    })
    .await
}
