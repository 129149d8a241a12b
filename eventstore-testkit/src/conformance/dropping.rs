use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// Drops a call after it was polled so often, unless it has ended by then; `None` if it was dropped.
pub(super) async fn dropped_after<F: Future>(polls: usize, call: F) -> Option<F::Output> {
    Dropped {
        polls,
        call: pin!(call),
    }
    .await
}

struct Dropped<'c, F> {
    polls: usize,
    call: Pin<&'c mut F>,
}

impl<F: Future> Future for Dropped<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.polls.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.polls = left;
        match self.call.as_mut().poll(context) {
            Poll::Pending if left == 0 => Poll::Ready(None),
            polled => polled.map(Some),
        }
    }
}
