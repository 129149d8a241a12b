use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::Harness;

/// No case takes this long unless it waits for what never comes.
const LIMIT: Duration = Duration::from_mins(2);

/// An empty store being opened; boxed, as a suite has hundreds of cases to compile.
#[doc(hidden)]
pub type Opening = LocalBoxFuture<'static, Box<dyn Harness>>;

/// One case, boxed for the same reason.
#[doc(hidden)]
pub type Case = for<'h> fn(&'h dyn Harness) -> LocalBoxFuture<'h, ()>;

/// Runs one case on a harness of its own, on several threads.
#[doc(hidden)]
pub fn run(open: fn() -> Opening, case: Case) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let harness = open().await;
        timeout(LIMIT, case(&*harness))
            .await
            .unwrap_or_else(|_| panic!("the case has not ended within {LIMIT:?}"));
    });
}
