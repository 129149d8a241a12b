use std::panic::resume_unwind;

use eventstore_core::{Error, Result};
use tokio::runtime::{Handle, RuntimeFlavor, worker_index};
use tokio::task::{JoinError, block_in_place, spawn_blocking};
use tokio_util::task::AbortOnDropHandle;

/// Whether work may block the current thread: it is one of several of a runtime, which goes on with other tasks elsewhere.
///
/// A task of a `LocalSet` is not run by such a thread, and `block_in_place` would panic there.
pub(crate) fn may_block() -> bool {
    let is_one_of_several = |runtime: &Handle| runtime.runtime_flavor() == RuntimeFlavor::MultiThread;
    worker_index().is_some() && Handle::try_current().is_ok_and(|runtime| is_one_of_several(&runtime))
}

/// Waits for what the work needs, and does the work: in the current thread where it may block, otherwise in a task of this runtime (ADR 60).
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
    if may_block() {
        return task.await;
    }
    let task = AbortOnDropHandle::new(runtime.spawn(task));
    task.await.map_err(ended)?
}

/// Does work in the current thread where it may block, otherwise in a thread for it; called in a task of a runtime.
pub(super) async fn run_in_task<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if may_block() {
        return block_in_place(work);
    }
    spawn_blocking(work).await.map_err(ended)?
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
