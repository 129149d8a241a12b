use std::future::poll_fn;
use std::ops::{Deref, DerefMut};

use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::runtime::Handle;

/// What gives its connection back on this runtime, wherever it is used and dropped.
///
/// A connection is given back by a task of the runtime that is current when it is dropped. The caller's runtime may not be driven any
/// more, and the connection would be missing; outside any runtime, the drop would panic.
#[derive(Debug)]
pub(crate) struct OnRuntime<T> {
    /// `None` only at the end.
    value: Option<T>,
    runtime: Handle,
}

/// Runs a future that has a connection on the way, and gives it back on this runtime if the future is dropped.
pub(super) fn run_on<F: Future>(runtime: &Handle, future: F) -> impl Future<Output = F::Output> + use<F> {
    let mut running = OnRuntime::new(Box::pin(future), runtime);
    let runtime = runtime.clone();
    poll_fn(move |context| {
        let _entered = runtime.enter();
        running.value().as_mut().poll(context)
    })
}

impl<T> OnRuntime<T> {
    pub(super) fn new(value: T, runtime: &Handle) -> Self {
        Self {
            value: Some(value),
            runtime: runtime.clone(),
        }
    }

    #[expect(clippy::expect_used, reason = "whatever takes the value ends this")]
    fn value(&mut self) -> &mut T {
        self.value.as_mut().expect("it is there until the end")
    }
}

impl OnRuntime<Transaction<'static, Sqlite>> {
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        match self.value.take() {
            Some(transaction) => run_on(&self.runtime, transaction.commit()).await,
            None => Ok(()),
        }
    }
}

impl<T: Deref<Target = SqliteConnection>> Deref for OnRuntime<T> {
    type Target = SqliteConnection;

    #[expect(clippy::expect_used, reason = "whatever takes the value ends this")]
    fn deref(&self) -> &SqliteConnection {
        self.value.as_ref().expect("it is there until the end")
    }
}

impl<T: DerefMut<Target = SqliteConnection>> DerefMut for OnRuntime<T> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.value()
    }
}

impl<T> Drop for OnRuntime<T> {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        drop(self.value.take());
    }
}
