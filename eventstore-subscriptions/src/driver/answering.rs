use eventstore_core::backend::LeaseToken;
use eventstore_core::machine::{Input, SubscriberId};
use eventstore_core::{EventNumber, Refusal, SubscriptionStatus};
use tokio::sync::oneshot;

use super::{Command, Driver};
use crate::AckError;

/// What subscribers ask of the driver, and its answers.
impl Driver {
    pub(super) fn carry_out(&mut self, command: Command) {
        if self.is_ending() {
            return command.refuse(AckError::Ended);
        }
        if self.plan.acknowledges_when_taken {
            // Otherwise the answer would depend on which comes first, the command or the news that a batch was taken.
            self.acknowledge_taken();
        }
        match command {
            Command::Acknowledge {
                number, under, reply, ..
            }
            | Command::Refuse {
                number, under, reply, ..
            } if self.is_of_an_earlier_lease(under) => {
                // A caller that does not wait for the answer does not need it.
                let _ = reply.send(Err(AckError::Unexpected { number }));
            }
            Command::Acknowledge {
                subscriber,
                number,
                reply,
                ..
            } if self.was_acknowledged_when_taken(subscriber, number) => {
                // A caller that does not wait for the answer does not need it.
                let _ = reply.send(Ok(()));
                self.perform_effects();
            }
            Command::Acknowledge {
                subscriber,
                number,
                reply,
                ..
            } => {
                self.reports.settled(number);
                self.answer(Input::Acknowledged { subscriber, number }, reply);
            }
            Command::Refuse {
                subscriber,
                number,
                instead,
                reply,
                ..
            } => {
                if matches!(instead, Refusal::Park { .. }) && !self.work.can_park() {
                    // A caller that does not wait for the answer does not need it.
                    let _ = reply.send(Err(AckError::CannotPark));
                    return;
                }
                if instead == Refusal::Skip {
                    self.reports.settled(number);
                }
                self.refuse(subscriber, number, instead, reply);
            }
            Command::Failed { under, .. } if self.is_of_an_earlier_lease(under) => {}
            Command::Failed { failure, attempts, .. } => self.reports.failed(failure, attempts),
            Command::LoseLease { lease } => self.lose_lease(lease),
        }
    }

    /// Whether the event was delivered under a lease that is not held any more: it is delivered again under the next one.
    fn is_of_an_earlier_lease(&self, under: Option<LeaseToken>) -> bool {
        under.is_some_and(|lease| self.held.as_ref().is_none_or(|held| held.token() != lease))
    }

    fn was_acknowledged_when_taken(&self, subscriber: SubscriberId, number: EventNumber) -> bool {
        let has_taken = || {
            self.buffers
                .get(&subscriber)
                .is_some_and(|buffer| buffer.has_taken(number))
        };
        self.plan.acknowledges_when_taken && has_taken()
    }

    /// The machine takes back what was delivered after a refused event, so the events that wait in the subscriber's buffer must go before
    /// anything is delivered again: an acknowledgement of one of them would count for the new delivery.
    fn refuse(
        &mut self,
        subscriber: SubscriberId,
        number: EventNumber,
        instead: Refusal,
        reply: oneshot::Sender<Result<(), AckError>>,
    ) {
        let takes_back = instead != Refusal::Skip && self.machine.is_in_flight(subscriber, number);
        if takes_back && let Some(buffer) = self.buffers.get(&subscriber) {
            buffer.take_back_from(number);
            self.gate.take_back_from(subscriber, number);
        }
        let input = Input::Refused {
            subscriber,
            number,
            instead,
        };
        self.answer(input, reply);
    }

    /// Gives up the lease, unless it is an earlier one by now.
    fn lose_lease(&mut self, lease: LeaseToken) {
        if self.held.as_ref().is_some_and(|held| held.token() == lease) {
            self.machine.handle(Input::LeaseLost);
            self.perform_effects();
        }
    }

    /// Whether the driver takes in nothing more: a further acknowledgement would be stored nowhere.
    fn is_ending(&self) -> bool {
        matches!(
            self.machine.progress().status,
            SubscriptionStatus::Stopping | SubscriptionStatus::Ended(_)
        )
    }

    fn answer(&mut self, input: Input, reply: oneshot::Sender<Result<(), AckError>>) {
        self.rejected = None;
        self.machine.handle(input);
        self.perform_effects();
        let answer = match self.rejected.take() {
            Some(number) => Err(AckError::Unexpected { number }),
            None => Ok(()),
        };
        // A caller that does not wait for the answer does not need it.
        let _ = reply.send(answer);
    }
}
