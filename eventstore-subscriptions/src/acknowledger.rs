use eventstore_core::backend::LeaseToken;
use eventstore_core::machine::SubscriberId;
use eventstore_core::{EventNumber, Refusal, SubscriptionFailure};
use tokio::sync::{mpsc, oneshot};

use crate::AckError;
use crate::driver::Command;

/// Acknowledges the events of one subscriber from any task.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    pub(crate) subscriber: SubscriberId,
    pub(crate) commands: mpsc::Sender<Command>,
}

impl Acknowledger {
    /// Acknowledges an event and all events delivered to the same subscriber before it.
    ///
    /// The checkpoint is stored in the background, as the subscription's settings say; this call does not wait for the
    /// storage.
    ///
    /// If the future is dropped, the acknowledgement may be accepted.
    ///
    /// # Errors
    ///
    /// - [`AckError::Unexpected`] if the event is not waiting for an acknowledgement
    /// - [`AckError::Ended`] if the subscription has ended
    pub async fn ack(&self, event: impl Into<EventNumber>) -> Result<(), AckError> {
        self.ack_under(event.into(), None).await
    }

    /// Does the same, unless the lease under which the event was delivered is not held any more.
    pub(crate) async fn ack_under(&self, number: EventNumber, under: Option<LeaseToken>) -> Result<(), AckError> {
        let subscriber = self.subscriber;
        self.ask(|reply| Command::Acknowledge {
            subscriber,
            number,
            under,
            reply,
        })
        .await
    }

    /// Acknowledges the last event of a batch and all events delivered to the same subscriber before it.
    ///
    /// # Errors
    ///
    /// [`AckError::Empty`] if there is no event, and the errors of [`ack`](Self::ack).
    pub async fn ack_batch(&self, events: impl IntoIterator<Item: Into<EventNumber>>) -> Result<(), AckError> {
        let last = events.into_iter().last().ok_or(AckError::Empty)?;
        self.ack(last).await
    }

    /// Refuses an event that the subscriber cannot handle, and says what happens to it.
    ///
    /// Events delivered before it remain to be acknowledged. With [`Refusal::Retry`] and [`Refusal::Park`], do not
    /// process the events that were delivered after it: all of them are redelivered, and cannot be acknowledged until
    /// then.
    ///
    /// If the future is dropped, the refusal may be accepted.
    ///
    /// # Errors
    ///
    /// [`AckError::CannotPark`], and the errors of [`ack`](Self::ack).
    pub async fn nack(&self, event: impl Into<EventNumber>, instead: Refusal) -> Result<(), AckError> {
        self.nack_under(event.into(), None, instead).await
    }

    /// Does the same, unless the lease under which the event was delivered is not held any more.
    pub(crate) async fn nack_under(
        &self,
        number: EventNumber,
        under: Option<LeaseToken>,
        instead: Refusal,
    ) -> Result<(), AckError> {
        let subscriber = self.subscriber;
        self.ask(|reply| Command::Refuse {
            subscriber,
            number,
            under,
            instead,
            reply,
        })
        .await
    }

    /// Tells what a handler says about an event; if the subscription is over, no one asks.
    pub(crate) async fn tell_failure(&self, failure: SubscriptionFailure, attempts: u32, under: Option<LeaseToken>) {
        let failed = Command::Failed {
            failure,
            attempts,
            under,
        };
        let _ = self.commands.send(failed).await;
    }

    /// If the subscription is over, it has no lease to lose.
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
