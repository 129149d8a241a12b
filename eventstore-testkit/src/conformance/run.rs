use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::Harness;
use super::failure::report;

/// No case takes this long unless it waits for what never comes.
const LIMIT: Duration = Duration::from_mins(2);

/// An empty store being opened; boxed, as a suite has hundreds of cases to compile.
#[doc(hidden)]
pub type Opening = LocalBoxFuture<'static, Box<dyn Harness>>;

/// One case, boxed for the same reason.
#[doc(hidden)]
pub type Case = for<'h> fn(&'h dyn Harness) -> LocalBoxFuture<'h, ()>;

/// Runs one case on a harness of its own, on several threads; a failure tells the rule.
///
/// # Panics
///
/// If the case fails.
#[doc(hidden)]
pub fn run(open: fn() -> Opening, rule: &str, case: Case) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(AssertUnwindSafe(run_case(open, case)).catch_unwind());
    if let Err(panic) = outcome {
        panic!("{}", report(rule, &*panic));
    }
}

async fn run_case(open: fn() -> Opening, case: Case) {
    let harness = open().await;
    let ended = timeout(LIMIT, case(&*harness)).await;
    assert!(
        ended.is_ok(),
        "expected: an end of the case\n       got: none within {LIMIT:?}; two calls may wait for each other"
    );
}
