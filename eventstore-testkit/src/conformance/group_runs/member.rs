use eventstore_subscriptions::RunError;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::conformance::wait::soon;

/// A member of a group that runs; dropped, it leaves without finishing what it has in hand.
pub(super) struct Member {
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Member {
    /// Runs what this makes of the end of the member.
    pub(super) fn start<F>(run: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = Result<(), RunError>> + Send + 'static,
    {
        let (shutdown, until) = oneshot::channel();
        Self {
            shutdown: Some(shutdown),
            task: tokio::spawn(run(until)),
        }
    }

    /// Leaves the group in good order.
    pub(super) async fn stop(mut self) {
        drop(self.shutdown.take());
        soon("the end of a member", &mut self.task).await.unwrap().unwrap();
    }

    /// Waits until the member ends by itself; returns why.
    pub(super) async fn end(mut self) -> RunError {
        let ended = soon("the end of a member", &mut self.task).await;
        ended.unwrap().unwrap_err()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.task.abort();
    }
}
