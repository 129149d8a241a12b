use std::collections::VecDeque;
use std::sync::Arc;

use eventstore_core::{
    Direction, Effect, EndReason, Error, EventNumber, Hint, Input, Lease, Listener, PageRequest, Progress,
    RecordedEvent, SubscriptionBackend, SubscriptionId, SubscriptionKey, SubscriptionMachine, Timer,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, warn};

use crate::acquire::{Acquired, Acquirer};
use crate::subscription::Command;
use crate::timers::Timers;
use crate::{AckError, Subscribe, Subscription, SubscriptionEnded};

/// Commands that may wait for the driver; more wait in their callers.
const COMMAND_CAPACITY: usize = 16;

type Delivery = Result<Vec<RecordedEvent>, SubscriptionEnded>;

/// Performs what the machine of one subscription asks for.
pub(crate) struct Driver {
    backend: Arc<dyn SubscriptionBackend>,
    acquirer: Arc<Acquirer>,
    key: SubscriptionKey,
    machine: SubscriptionMachine,
    listener: Box<dyn Listener>,
    commands: mpsc::Receiver<Command>,
    deliveries: mpsc::Sender<Delivery>,
    /// Batches that the subscriber has no room for yet: never more events than its buffer size.
    outbox: VecDeque<Vec<RecordedEvent>>,
    progress: watch::Sender<Progress>,
    timers: Timers,
    work: FuturesUnordered<BoxFuture<'static, Done>>,
    held: Option<(SubscriptionId, Box<dyn Lease>)>,
    failure: Option<Error>,
    /// Ended channels are always ready to say so: once is enough.
    heard_last_command: bool,
    heard_last_hint: bool,
}

/// What the driver waits for.
enum Event {
    Command(Option<Command>),
    Hint(Option<Hint>),
    Done(Done),
    Timer(Timer),
    LeaseLost,
    Delivered,
}

/// What came of a piece of work in the background.
enum Done {
    Acquired(Acquired),
    Input(Input),
    Failed(Error),
}

impl Driver {
    pub(crate) fn spawn(backend: Arc<dyn SubscriptionBackend>, request: Subscribe) -> Subscription {
        let machine = SubscriptionMachine::new(request.settings.clone());
        let (command_sender, commands) = mpsc::channel(COMMAND_CAPACITY);
        let (deliveries, delivery_receiver) = mpsc::channel(1);
        let (progress, progress_receiver) = watch::channel(machine.progress());
        let driver = Self {
            acquirer: Arc::new(Acquirer::new(Arc::clone(&backend), &request)),
            listener: backend.listen(&request.key.selector),
            backend,
            key: request.key,
            machine,
            commands,
            deliveries,
            outbox: VecDeque::new(),
            progress,
            timers: Timers::default(),
            work: FuturesUnordered::new(),
            held: None,
            failure: None,
            heard_last_command: false,
            heard_last_hint: false,
        };
        Subscription {
            deliveries: delivery_receiver,
            commands: command_sender,
            progress: progress_receiver,
            driver: tokio::spawn(driver.run()),
        }
    }

    async fn run(mut self) {
        let mut ended = self.perform_effects().await;
        while ended.is_none() {
            let event = self.next_event().await;
            ended = self.handle(event).await;
        }
        self.let_go();
        if let Some(ended) = ended.and_then(|reason| self.end_item(reason)) {
            // An error means that the subscriber is gone as well.
            let _ = self.deliveries.send(Err(ended)).await;
        }
    }

    /// Nobody may wait for an answer, or for the lease, while the subscriber still works on what it has.
    fn let_go(&mut self) {
        self.commands.close();
        while self.commands.try_recv().is_ok() {}
        self.work.clear();
        self.outbox.clear();
        self.held = None;
    }

    async fn next_event(&mut self) -> Event {
        tokio::select! {
            command = self.commands.recv(), if !self.heard_last_command => Event::Command(command),
            hint = self.listener.hint(), if !self.heard_last_hint => Event::Hint(hint),
            Some(done) = self.work.next() => Event::Done(done),
            timer = self.timers.next() => Event::Timer(timer),
            () = lost(self.held.as_ref()) => Event::LeaseLost,
            Ok(permit) = self.deliveries.reserve(), if !self.outbox.is_empty() => {
                if let Some(events) = self.outbox.pop_front() {
                    permit.send(Ok(events));
                }
                Event::Delivered
            }
        }
    }

    async fn handle(&mut self, event: Event) -> Option<EndReason> {
        match event {
            Event::Command(Some(Command::Acknowledge { number, reply })) => {
                return self.acknowledge(number, reply).await;
            }
            Event::Command(Some(Command::Stop)) => self.machine.handle(Input::Stop),
            Event::Command(None) => {
                self.heard_last_command = true;
                self.machine.handle(Input::Stop);
            }
            Event::Hint(Some(hint)) => self.machine.handle(Input::Hinted(hint)),
            Event::Hint(None) => {
                self.heard_last_hint = true;
                self.fail(notifier_is_gone());
            }
            Event::Done(done) => self.finish(done),
            Event::Timer(timer) => self.machine.handle(Input::TimerFired(timer)),
            Event::LeaseLost => self.machine.handle(Input::LeaseLost),
            Event::Delivered => return None,
        }
        self.perform_effects().await
    }

    async fn acknowledge(
        &mut self,
        number: EventNumber,
        reply: oneshot::Sender<Result<(), AckError>>,
    ) -> Option<EndReason> {
        self.machine.handle(Input::Acknowledged { number });
        let mut answer = Ok(());
        let mut ended = None;
        while let Some(effect) = self.machine.poll_effect() {
            match effect {
                Effect::RejectAcknowledgement { number } => answer = Err(AckError::Unexpected { number }),
                effect => ended = ended.or(self.perform(effect).await),
            }
        }
        self.publish_progress();
        // Whoever does not wait for the answer does not need it.
        let _ = reply.send(answer);
        ended
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Acquired(Acquired { lease, record }) => {
                debug!(subscription = %self.key.name, stream = %self.key.selector, "subscription acquired");
                self.held = Some((record.id, lease));
                self.machine.handle(Input::Acquired {
                    checkpoint: record.checkpoint,
                });
            }
            Done::Input(input) => self.machine.handle(input),
            Done::Failed(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: Error) {
        warn!(subscription = %self.key.name, stream = %self.key.selector, %error, "subscription failed");
        self.failure.get_or_insert(error);
        self.machine.handle(Input::Failed);
    }

    async fn perform_effects(&mut self) -> Option<EndReason> {
        let mut ended = None;
        while let Some(effect) = self.machine.poll_effect() {
            ended = ended.or(self.perform(effect).await);
        }
        self.publish_progress();
        ended
    }

    async fn perform(&mut self, effect: Effect) -> Option<EndReason> {
        match effect {
            Effect::Acquire => self.start_acquiring(),
            Effect::Read { after, limit } => self.start_reading(after, limit),
            Effect::Deliver(events) => self.outbox.push_back(events),
            Effect::SaveCheckpoint(number) => self.start_saving(number),
            Effect::ArmTimer(timer, after) => self.timers.arm(timer, after),
            Effect::Release => self.release().await,
            Effect::End(reason) => return Some(reason),
            Effect::RejectAcknowledgement { .. } => {}
        }
        None
    }

    fn publish_progress(&self) {
        let now = self.machine.progress();
        self.progress
            .send_if_modified(|before| std::mem::replace(before, now) != now);
    }

    fn start_acquiring(&self) {
        let acquirer = Arc::clone(&self.acquirer);
        self.work.push(Box::pin(async move {
            match acquirer.acquire().await {
                Ok(Some(taken)) => Done::Acquired(taken),
                Ok(None) => Done::Input(Input::AcquireFailed),
                Err(error) => failed_or(error, "taking the lease", Input::AcquireFailed),
            }
        }));
    }

    fn start_reading(&self, after: EventNumber, limit: u32) {
        let backend = Arc::clone(&self.backend);
        let request = PageRequest::new(self.key.selector.clone(), Direction::Forward, after.next(), limit);
        self.work.push(Box::pin(async move {
            match backend.read_page(request).await {
                Ok(page) => Done::Input(Input::PageRead { after, page }),
                Err(Error::StreamNotFound { .. }) => Done::Input(Input::StreamMissing),
                Err(Error::StreamDeleted { .. }) => Done::Input(Input::StreamDeleted),
                Err(error) => failed_or(error, "reading", Input::ReadFailed),
            }
        }));
    }

    fn start_saving(&self, number: EventNumber) {
        let Some((id, _)) = self.held else { return };
        let backend = Arc::clone(&self.backend);
        self.work.push(Box::pin(async move {
            match backend.save_checkpoint(id, number).await {
                Ok(outcome) => Done::Input(Input::CheckpointStored { number, outcome }),
                Err(error) => failed_or(error, "storing a checkpoint", Input::CheckpointFailed { number }),
            }
        }));
    }

    /// Gives the lease back; whatever is under way for it, or waits to be delivered, is dropped.
    async fn release(&mut self) {
        self.work.clear();
        self.outbox.clear();
        if let Some((_, lease)) = self.held.take() {
            lease.release().await;
        }
    }

    fn end_item(&mut self, reason: EndReason) -> Option<SubscriptionEnded> {
        match reason {
            EndReason::StreamDeleted => Some(SubscriptionEnded::StreamDeleted),
            EndReason::SubscriptionDeleted => Some(SubscriptionEnded::SubscriptionDeleted),
            EndReason::Failed => self.failure.take().map(|error| match error {
                Error::StreamDeleted { .. } => SubscriptionEnded::StreamDeleted,
                error => SubscriptionEnded::Failed(error),
            }),
            _ => None,
        }
    }
}

async fn lost(held: Option<&(SubscriptionId, Box<dyn Lease>)>) {
    match held {
        Some((_, lease)) => lease.lost().await,
        None => std::future::pending().await,
    }
}

/// Errors that no repetition mends end the subscription; all others are worth another try.
fn failed_or(error: Error, doing: &str, input: Input) -> Done {
    match error {
        Error::NotInitialised { .. }
        | Error::AccessDenied { .. }
        | Error::InvalidInput { .. }
        | Error::StreamDeleted { .. } => Done::Failed(error),
        error => {
            warn!(%error, "{doing} failed and will be tried again");
            Done::Input(input)
        }
    }
}

fn notifier_is_gone() -> Error {
    Error::Unavailable {
        message: "the store has been closed".to_owned(),
        source: None,
    }
}
