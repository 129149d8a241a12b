use std::pin::pin;
use std::time::Duration;

use eventstore_core::{EventNumber, Progress, RecordedEvent, SubscriptionStatus};
use eventstore_subscriptions::{AckError, Subscription, SubscriptionEnded};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::output::Output;
use crate::printer::Printer;
use crate::stop_signal::StopSignal;

/// How long a subscription may take to begin before that is worth a note.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the reader of the output has, once the program was told to end, to take what is being printed.
const GRACE: Duration = Duration::from_secs(1);

const BEYOND_HEAD: &str =
    "warning: the subscription is beyond the end of its stream: the events up to its position will be skipped";

const HELD: &str = "waiting: the subscription is held by another process";

/// A subscription that is being printed.
pub(super) struct Run {
    subscription: Subscription,
    progress: watch::Receiver<Progress>,
    printer: Printer,
    signal: StopSignal,
    exit_when_caught_up: bool,
    noted: bool,
    noted_beyond_head: bool,
}

type Batch = Option<Result<Vec<RecordedEvent>, SubscriptionEnded>>;

enum Happening {
    Batch(Batch),
    CaughtUp,
    Waiting,
    BeyondHead,
    StopRequested,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Printed {
    All,
    /// The program was told to end while the last of it was being printed.
    AllAtTheEnd,
    /// The program was told to end, and the reader does not read.
    NotAll,
}

impl Run {
    pub(super) fn new(
        subscription: Subscription,
        output: Output,
        signal: StopSignal,
        exit_when_caught_up: bool,
    ) -> Self {
        Self {
            progress: subscription.watch(),
            subscription,
            printer: Printer::new(output),
            signal,
            exit_when_caught_up,
            noted: false,
            noted_beyond_head: false,
        }
    }

    /// Prints and acknowledges until the end, then stores the last checkpoint.
    pub(super) async fn finish(mut self) -> Result<(), Failure> {
        let printed = self.print_all().await;
        tokio::select! {
            stopped = self.subscription.stop() => printed.and(stopped.map_err(Failure::from)),
            () = self.signal.received() => Err(Failure::EndedAtOnce),
        }
    }

    async fn print_all(&mut self) -> Result<(), Failure> {
        loop {
            match self.happening().await {
                Happening::Batch(Some(batch)) => {
                    if !self.take(batch?).await? {
                        return Ok(());
                    }
                }
                Happening::Waiting => {
                    let retrying = self.subscription.retrying();
                    let waiting = retrying.map_or_else(|| HELD.to_owned(), |why| format!("waiting: {why}"));
                    self.printer.note(&waiting);
                    self.noted = true;
                }
                Happening::BeyondHead => {
                    self.printer.note(BEYOND_HEAD);
                    self.noted_beyond_head = true;
                }
                // Nothing but a stop ends it without a word.
                Happening::Batch(None) => return Err(SubscriptionEnded::RuntimeEnded.into()),
                Happening::CaughtUp | Happening::StopRequested => return Ok(()),
            }
        }
    }

    async fn happening(&mut self) -> Happening {
        tokio::select! {
            biased;
            () = self.signal.received() => Happening::StopRequested,
            batch = self.subscription.next() => Happening::Batch(batch),
            () = beyond_head(self.progress.clone()), if !self.noted_beyond_head => Happening::BeyondHead,
            () = caught_up(self.progress.clone()), if self.exit_when_caught_up => Happening::CaughtUp,
            () = kept_waiting(self.progress.clone()), if !self.noted => Happening::Waiting,
        }
    }

    /// Prints and acknowledges a batch; `false` if the program was told to end meanwhile.
    async fn take(&mut self, events: Vec<RecordedEvent>) -> Result<bool, Failure> {
        let last = events.last().map(|event| event.event_number);
        let printed = self.print(events).await?;
        if let Some(number) = last
            && printed != Printed::NotAll
        {
            self.acknowledge(number).await?;
        }
        Ok(printed == Printed::All)
    }

    async fn print(&mut self, events: Vec<RecordedEvent>) -> Result<Printed, Failure> {
        let mut printing = pin!(self.printer.print(events));
        tokio::select! {
            biased;
            printed = &mut printing => printed.map(|()| Printed::All),
            () = self.signal.received() => match timeout(GRACE, printing).await {
                Ok(printed) => printed.map(|()| Printed::AllAtTheEnd),
                Err(_) => Ok(Printed::NotAll),
            },
        }
    }

    /// Why a subscription has ended is told by what comes next of it, not by the acknowledgement.
    async fn acknowledge(&self, number: EventNumber) -> Result<(), Failure> {
        match self.subscription.ack(number).await {
            Ok(()) | Err(AckError::Ended) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Waits until the subscription is found to be beyond the end of its stream.
async fn beyond_head(mut progress: watch::Receiver<Progress>) {
    if progress.wait_for(Progress::is_beyond_head).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until every event that exists has been acknowledged.
async fn caught_up(mut progress: watch::Receiver<Progress>) {
    let reached = progress.wait_for(|progress| progress.caught_up).await.is_ok();
    if !reached {
        // The subscription has ended, of which its stream tells the reason.
        std::future::pending::<()>().await;
    }
}

/// Waits until the subscription has been without its lease for longer than usual.
async fn kept_waiting(mut progress: watch::Receiver<Progress>) {
    loop {
        let waits = |progress: &Progress| progress.status == SubscriptionStatus::Acquiring;
        if progress.wait_for(waits).await.is_err() {
            return std::future::pending().await;
        }
        let begins = progress.wait_for(|progress| !waits(progress));
        if timeout(PATIENCE, begins).await.is_err() {
            return;
        }
    }
}
