use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventNumber, Progress, SubscriptionAdmin, SubscriptionKey, SubscriptionStatus};
use eventstore_subscriptions::{AckError, Delivery, Subscription, SubscriptionEnded};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Connector;
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
const NO_LEASE: &str = "waiting: the storage does not let the subscription begin";

/// What is subscribed to, and how to ask why that takes long.
pub(super) struct Target<'c, C: Connector> {
    pub(super) connector: &'c C,
    pub(super) store: Arc<C::Store>,
    pub(super) key: SubscriptionKey,
}

/// Why a subscription does not begin.
enum Wait {
    Held,
    Unwell(Failure),
    Unknown,
}

/// A subscription that is being printed.
pub(super) struct Run<'c, C: Connector> {
    target: Target<'c, C>,
    subscription: Subscription,
    progress: watch::Receiver<Progress>,
    printer: Printer,
    signal: StopSignal,
    exit_when_caught_up: bool,
    noted: bool,
    noted_beyond_head: bool,
}

type Batch = Option<Result<Vec<NumberedEvent>, SubscriptionEnded>>;

enum Happening {
    Batch(Batch),
    CaughtUp,
    Waiting,
    BeyondHead,
    /// It has been waiting for longer than a connection may take.
    WaitedLong,
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

impl<C: Connector> Target<'_, C> {
    /// Another holder is no fault; anything else is, and the health of the store tells which.
    async fn wait(&self) -> Wait {
        let info = self.store.subscription_info(&self.key).await;
        if info.is_ok_and(|info| info.is_held) {
            return Wait::Held;
        }
        let checks = self.connector.health().await;
        let unwell = checks.into_iter().find(|check| !check.is_well);
        unwell.map_or(Wait::Unknown, |check| Wait::Unwell(check.into()))
    }
}

impl<'c, C: Connector> Run<'c, C> {
    pub(super) fn new(
        target: Target<'c, C>,
        subscription: Subscription,
        output: Output,
        signal: StopSignal,
        exit_when_caught_up: bool,
    ) -> Self {
        Self {
            target,
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
                Happening::Waiting => self.tell_why().await,
                Happening::WaitedLong => self.give_up_unless_held().await?,
                Happening::BeyondHead => self.tell_beyond_head(),
                // Only a stop ends the subscription without an error.
                Happening::Batch(None) => return Err(SubscriptionEnded::RuntimeEnded.into()),
                Happening::CaughtUp => {
                    // Both come at once: which of them is seen first is chance.
                    if !self.noted_beyond_head && self.progress.borrow().is_beyond_head() {
                        self.tell_beyond_head();
                    }
                    return Ok(());
                }
                Happening::StopRequested => return Ok(()),
            }
        }
    }

    async fn happening(&mut self) -> Happening {
        tokio::select! {
            biased;
            () = self.signal.received() => Happening::StopRequested,
            batch = self.subscription.next() => Happening::Batch(batch.map(|batch| batch.map(numbered))),
            () = beyond_head(self.progress.clone()), if !self.noted_beyond_head => Happening::BeyondHead,
            () = caught_up(self.progress.clone()), if self.exit_when_caught_up => Happening::CaughtUp,
            () = kept_waiting(self.progress.clone(), PATIENCE), if !self.noted => Happening::Waiting,
            () = kept_waiting(self.progress.clone(), self.target.connector.patience()), if self.exit_when_caught_up => {
                Happening::WaitedLong
            }
        }
    }

    fn tell_beyond_head(&mut self) {
        self.noted_beyond_head = true;
        self.printer.note(BEYOND_HEAD);
    }

    async fn tell_why(&mut self) {
        self.noted = true;
        if let Some(why) = self.subscription.retrying() {
            return self.printer.note(&format!("waiting: {why}"));
        }
        match self.target.wait().await {
            Wait::Held => self.printer.note(HELD),
            Wait::Unwell(failure) => self.printer.note(&format!("waiting: {failure}")),
            Wait::Unknown => self.printer.note(NO_LEASE),
        }
    }

    /// With `--exit-when-caught-up`, the command waits for another holder, but not for a storage that lets no one begin.
    async fn give_up_unless_held(&mut self) -> Result<(), Failure> {
        match self.target.wait().await {
            Wait::Unwell(failure) => Err(failure),
            Wait::Unknown if self.progress.borrow().status == SubscriptionStatus::Acquiring => Err(Failure::NotBegun),
            Wait::Held | Wait::Unknown => Ok(()),
        }
    }

    /// Prints and acknowledges a batch; `false` if the program was told to end meanwhile.
    async fn take(&mut self, events: Vec<NumberedEvent>) -> Result<bool, Failure> {
        let last = events.last().map(|event| event.number);
        let printed = self.print(events).await?;
        if let Some(number) = last
            && printed != Printed::NotAll
        {
            self.acknowledge(number).await?;
        }
        Ok(printed == Printed::All)
    }

    async fn print(&mut self, events: Vec<NumberedEvent>) -> Result<Printed, Failure> {
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

    /// The next item of the subscription says why it has ended; the acknowledgement does not.
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
        // The subscription has ended; its stream gives the reason.
        std::future::pending::<()>().await;
    }
}

/// Waits until the subscription has been without its lease for so long.
async fn kept_waiting(mut progress: watch::Receiver<Progress>, patience: Duration) {
    loop {
        let waits = |progress: &Progress| progress.status == SubscriptionStatus::Acquiring;
        if progress.wait_for(waits).await.is_err() {
            return std::future::pending().await;
        }
        let begins = progress.wait_for(|progress| !waits(progress));
        if timeout(patience, begins).await.is_err() {
            return;
        }
    }
}

fn numbered(batch: Vec<Delivery>) -> Vec<NumberedEvent> {
    let event = |Delivery { number, value, .. }| NumberedEvent { number, event: value };
    batch.into_iter().map(event).collect()
}
