use eventstore_core::{EventNumber, LeaseToken, Refusal, SubscriberId};
use tokio::sync::{mpsc, oneshot};

use crate::AckError;
use crate::driver::Command;

/// Acknowledges, from wherever the events are dealt with, what a subscriber was given.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    pub(crate) subscriber: SubscriberId,
    pub(crate) commands: mpsc::Sender<Command>,
}

impl Acknowledger {
    /// Acknowledges an event and all that were delivered to the same subscriber before it.
    ///
    /// The checkpoint is stored in the background, by the subscription's settings: nothing waits for the storage here.
    ///
    /// # Errors
    ///
    /// - [`AckError::Unexpected`] if the event is not waiting for an acknowledgement
    /// - [`AckError::Ended`] if the subscription is over
    pub async fn ack(&self, event: impl Into<EventNumber>) -> Result<(), AckError> {
        let number = event.into();
        let subscriber = self.subscriber;
        self.ask(|reply| Command::Acknowledge {
            subscriber,
            number,
            reply,
        })
        .await
    }

    /// Acknowledges the last event of a batch, and all that were delivered to the same subscriber before it.
    ///
    /// # Errors
    ///
    /// [`AckError::Empty`] if there is no event, and as of [`ack`](Self::ack).
    pub async fn ack_batch(&self, events: impl IntoIterator<Item: Into<EventNumber>>) -> Result<(), AckError> {
        let last = events.into_iter().last().ok_or(AckError::Empty)?;
        self.ack(last).await
    }

    /// Says that an event cannot be dealt with, and what is to become of it.
    ///
    /// Events that were delivered before it remain to be acknowledged. With [`Refusal::Retry`] and [`Refusal::Park`], leave what
    /// was delivered after it alone: all that comes again, and cannot be acknowledged until then.
    ///
    /// # Errors
    ///
    /// [`AckError::CannotPark`], and as of [`ack`](Self::ack).
    pub async fn nack(&self, event: impl Into<EventNumber>, instead: Refusal) -> Result<(), AckError> {
        let number = event.into();
        let subscriber = self.subscriber;
        self.ask(|reply| Command::Refuse {
            subscriber,
            number,
            instead,
            reply,
        })
        .await
    }

    /// Where the subscription is over, it has no lease to lose.
    pub(crate) async fn lose_lease(&self, lease: LeaseToken) {
        let _ = self.commands.send(Command::LoseLease { lease }).await;
    }

    async fn ask(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<(), AckError>>) -> Command,
    ) -> Result<(), AckError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| AckError::Ended)?;
        answer.await.unwrap_or(Err(AckError::Ended))
    }
}
