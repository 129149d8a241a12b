use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::{Error, Result};
use tokio::runtime::{Handle, RuntimeFlavor, worker_index};
use tokio::task::{JoinError, block_in_place, spawn_blocking};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::error::has_timed_out;

/// The first and the longest pause before work is tried again that another process hinders.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// Work that blocks its thread, and ends with an error rather than wait for another process.
pub(super) trait Work<T>: Fn() -> Result<T> + Send + Sync + 'static {}

impl<T, F: Fn() -> Result<T> + Send + Sync + 'static> Work<T> for F {}

/// Whether work may block the current thread: it is one of several of a runtime, which goes on with other tasks elsewhere.
///
/// On a runtime with several threads, a task of a `LocalSet` is not run by one of them, and `block_in_place` would panic there.
pub(crate) fn may_block() -> bool {
    let is_one_of_several = |runtime: &Handle| runtime.runtime_flavor() == RuntimeFlavor::MultiThread;
    worker_index().is_some() && Handle::try_current().is_ok_and(|runtime| is_one_of_several(&runtime))
}

/// Runs a future in a task of this runtime; `lost` says what it means that the runtime has ended before the future.
///
/// If this future is dropped, the other one ends where it next waits.
pub(super) async fn in_task<T: Send + 'static>(
    runtime: &Handle,
    future: impl Future<Output = Result<T>> + Send + 'static,
    lost: impl FnOnce(Error) -> Error,
) -> Result<T> {
    let task = AbortOnDropHandle::new(runtime.spawn(future));
    match task.await {
        Ok(answer) => answer,
        Err(error) => Err(lost(ended(error))),
    }
}

/// Does work in the current thread if it may block, otherwise in a thread for it. While another process has the file, the work is tried
/// again, for no longer than `patience`.
///
/// No thread waits meanwhile, so that what the caller does beside it goes on.
pub(super) async fn run<T: Send + 'static>(patience: Duration, work: impl Work<T>) -> Result<T> {
    let (began_at, work) = (Instant::now(), Arc::new(work));
    let mut pause = PAUSES.0;
    loop {
        match attempt(&work).await {
            Err(error) if has_timed_out(&error) && began_at.elapsed() < patience => sleep(pause).await,
            ended => return ended,
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn attempt<T: Send + 'static>(work: &Arc<impl Work<T>>) -> Result<T> {
    if may_block()
        && let Some(answer) = block(&**work)
    {
        return answer;
    }
    let work = Arc::clone(work);
    spawn_blocking(move || work()).await.map_err(ended)?
}

/// `None` if this thread may not block, and the work was not begun.
///
/// That happens in a task of a runtime with one thread, in which the handle of another runtime was entered: `may_block` takes the one for the
/// other.
fn block<T>(work: &impl Work<T>) -> Option<Result<T>> {
    let has_begun = Cell::new(false);
    let blocked = catch_unwind(AssertUnwindSafe(|| {
        block_in_place(|| {
            has_begun.set(true);
            work()
        })
    }));
    match blocked {
        Ok(answer) => Some(answer),
        Err(panic) if has_begun.get() => resume_unwind(panic),
        Err(_) => None,
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
