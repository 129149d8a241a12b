use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use super::Harness;

/// No case takes this long unless it waits for what never comes.
const LIMIT: Duration = Duration::from_mins(2);

/// Runs one case on a harness of its own, on several threads.
#[doc(hidden)]
pub fn run<H: Harness>(open: impl AsyncFnOnce() -> H, case: impl AsyncFnOnce(&dyn Harness)) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let harness = open().await;
        timeout(LIMIT, case(&harness))
            .await
            .unwrap_or_else(|_| panic!("the case has not ended within {LIMIT:?}"));
    });
}
