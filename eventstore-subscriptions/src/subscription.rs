use std::pin::Pin;
use std::task::{Context, Poll};

use eventstore_core::{EventNumber, Progress, RecordedEvent};
use futures_core::Stream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::{AckError, SubscriptionEnded};

/// What the subscriber asks of the driver.
pub(crate) enum Command {
    Acknowledge {
        number: EventNumber,
        reply: oneshot::Sender<Result<(), AckError>>,
    },
    Stop,
}

/// The subscriber's end of a subscription: a stream of batches.
///
/// The stream ends with an error that says why, or without one after [`Subscription::stop`]. Dropping it gives the
/// subscription up to whoever waits for it; what was not acknowledged is delivered again there.
#[derive(Debug)]
pub struct Subscription {
    pub(crate) deliveries: mpsc::Receiver<Result<Vec<RecordedEvent>, SubscriptionEnded>>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) driver: JoinHandle<()>,
}

impl Subscription {
    /// Waits for the next events: at least one, in order; `None` after the end.
    ///
    /// Dropping the future before it is ready loses nothing.
    pub async fn next(&mut self) -> Option<Result<Vec<RecordedEvent>, SubscriptionEnded>> {
        self.deliveries.recv().await
    }

    /// Acknowledges an event and all that were delivered before it.
    ///
    /// The checkpoint is stored in the background, by the subscription's settings.
    ///
    /// # Errors
    ///
    /// - [`AckError::Unexpected`] if the event is not waiting for an acknowledgement
    /// - [`AckError::Ended`] if the subscription is over
    pub async fn ack(&self, event: impl Into<EventNumber>) -> Result<(), AckError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Acknowledge {
            number: event.into(),
            reply,
        };
        self.commands.send(command).await.map_err(|_| AckError::Ended)?;
        answer.await.unwrap_or(Err(AckError::Ended))
    }

    /// How far the subscription has come.
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Waits until the progress has changed, or the subscription is over.
    ///
    /// Dropping the future before it is ready loses nothing.
    pub async fn progress_changed(&mut self) -> Progress {
        // An error means that the driver has ended: what it told last remains true.
        let _ = self.progress.changed().await;
        *self.progress.borrow_and_update()
    }

    /// A handle on the progress that can be awaited while the subscription itself is in use.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Stops: stores the last checkpoint, gives the subscription up, then returns.
    pub async fn stop(self) {
        let Self {
            deliveries,
            commands,
            driver,
            ..
        } = self;
        drop(deliveries);
        let _ = commands.send(Command::Stop).await;
        let _ = driver.await;
    }
}

impl Stream for Subscription {
    type Item = Result<Vec<RecordedEvent>, SubscriptionEnded>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.deliveries.poll_recv(context)
    }
}
