use std::panic::resume_unwind;

use eventstore_core::{Error, Result};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, block_in_place, spawn_blocking};
use tokio_util::task::AbortOnDropHandle;

/// Waits for what the work needs, and does the work, in a task of this runtime.
///
/// If the future is dropped before the work has begun, the work is not done; otherwise it is done to its end.
pub(super) async fn run<N, T>(
    runtime: &Handle,
    needs: impl Future<Output = Result<N>> + Send + 'static,
    work: impl FnOnce(N) -> Result<T> + Send + 'static,
) -> Result<T>
where
    N: Send + 'static,
    T: Send + 'static,
{
    let task = async move {
        let needs = needs.await?;
        run_in_task(move || work(needs)).await
    };
    let task = AbortOnDropHandle::new(runtime.spawn(task));
    task.await.map_err(ended)?
}

/// Does work that blocks its thread; called in a task of the runtime.
///
/// To change threads would take longer than a statement does (ADR 60). Only where the runtime has no other thread, the work needs one.
pub(super) async fn run_in_task<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => spawn_blocking(work).await.map_err(ended)?,
    }
}

pub(super) fn ended(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => Error::Unavailable {
            message: "the runtime that opened the store has ended".to_owned(),
            source: Some(error.into()),
        },
    }
}
