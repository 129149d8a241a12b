mod acquire;
mod command;
mod continuity;
mod finish;
mod gauges;
mod sieve;
mod timers;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use eventstore_core::{
    Effect, EndReason, EventNumber, EventToPark, Hint, Input, LeaseLoss, Listener, Progress, Refusal, SubscriberId,
    SubscriptionMachine, Timer,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, warn};

pub(crate) use self::command::Command;
pub(crate) use self::work::Work;

use self::acquire::{Acquired, Held};
use self::finish::Finish;
use self::gauges::Gauges;
use self::timers::Timers;
use self::work::Done;
use crate::mailbox::Letterbox;
use crate::registry::{Registration, Running};
use crate::roster::{Joining, Roster};
use crate::subscribe::Plan;
use crate::{AckError, SubscriptionEnded};

/// Commands that may wait for the driver; more wait in their callers.
const COMMAND_CAPACITY: usize = 16;

/// Performs what the machine of one subscription asks for. It waits for no storage itself, so that nobody who speaks to it
/// does.
pub(crate) struct Driver {
    plan: Plan,
    machine: SubscriptionMachine,
    listener: Box<dyn Listener>,
    roster: Arc<Roster>,
    commands: mpsc::Receiver<Command>,
    letterboxes: BTreeMap<SubscriberId, Letterbox>,
    progress: watch::Sender<Progress>,
    gauges: Gauges,
    timers: Timers,
    work: Arc<Work>,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    held: Option<Held>,
    /// A lease that is being given back.
    releasing: Option<BoxFuture<'static, ()>>,
    /// An acknowledgement that the machine did not accept.
    rejected: Option<EventNumber>,
    failure: Option<SubscriptionEnded>,
    ended: Option<EndReason>,
    /// An ended channel is always ready to say so: once is enough.
    heard_last_hint: bool,
    finish: Finish,
}

/// What the driver waits for.
enum Event {
    Command(Command),
    Roster,
    Hint(Option<Hint>),
    Done(Done),
    Timer(Timer),
    LeaseLost(LeaseLoss),
}

impl Driver {
    /// Runs the subscription in a task of its own, once the previous one of the same key is over.
    pub(crate) fn spawn(
        work: Work,
        listener: Box<dyn Listener>,
        plan: Plan,
        roster: Arc<Roster>,
        previous: Option<Arc<Roster>>,
        registration: Option<Registration>,
    ) -> Running {
        let (command_sender, commands) = mpsc::channel(COMMAND_CAPACITY);
        let finish = Finish::new(Arc::clone(&roster), registration);
        let driver = Self::new(plan.clone(), listener, work, commands, finish);
        let progress = driver.progress.subscribe();
        tokio::spawn(async move {
            if let Some(previous) = previous {
                previous.finished().await;
            }
            driver.run().await;
        });
        Running {
            plan,
            roster,
            commands: command_sender,
            progress,
        }
    }

    fn new(
        plan: Plan,
        listener: Box<dyn Listener>,
        work: Work,
        commands: mpsc::Receiver<Command>,
        finish: Finish,
    ) -> Self {
        let settings = plan.settings.clone();
        let machine = match plan.name {
            Some(_) => SubscriptionMachine::new(settings),
            None => SubscriptionMachine::transient(settings),
        };
        Self {
            gauges: Gauges::new(&plan, work.metrics_label()),
            plan,
            progress: watch::Sender::new(machine.progress()),
            machine,
            listener,
            roster: finish.roster(),
            commands,
            letterboxes: BTreeMap::new(),
            timers: Timers::default(),
            work: Arc::new(work),
            under_way: FuturesUnordered::new(),
            held: None,
            releasing: None,
            rejected: None,
            failure: None,
            ended: None,
            heard_last_hint: false,
            finish,
        }
    }

    async fn run(mut self) {
        self.see_whether_hints_come();
        self.perform_effects();
        let reason = loop {
            if let Some(reason) = self.ended {
                break reason;
            }
            let event = self.next_event().await;
            self.handle(event);
        };
        self.let_go().await;
        self.tell_the_end(reason);
    }

    fn see_whether_hints_come(&mut self) {
        self.machine.handle(Input::Notified(self.listener.is_connected()));
    }

    async fn next_event(&mut self) -> Event {
        // Nothing is done for a lease that is in doubt: whether it is comes first.
        tokio::select! {
            biased;
            loss = lost(self.held.as_ref()) => Event::LeaseLost(loss),
            Some(command) = self.commands.recv() => Event::Command(command),
            () = self.roster.changed() => Event::Roster,
            hint = self.listener.hint(), if !self.heard_last_hint => Event::Hint(hint),
            Some(done) = self.under_way.next() => Event::Done(done),
            timer = self.timers.next() => Event::Timer(timer),
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Command(command) => return self.obey(command),
            Event::Roster => self.look_at_roster(),
            Event::Hint(Some(hint)) => {
                self.see_whether_hints_come();
                self.machine.handle(Input::Hinted(hint));
            }
            Event::Hint(None) => {
                self.heard_last_hint = true;
                self.fail(SubscriptionEnded::StoreClosed);
            }
            Event::Done(done) => self.take(done),
            Event::Timer(timer) => self.machine.handle(Input::TimerFired(timer)),
            Event::LeaseLost(LeaseLoss::SubscriptionDeleted) => self.fail(SubscriptionEnded::SubscriptionDeleted),
            Event::LeaseLost(LeaseLoss::InDoubt | LeaseLoss::StreamReplaced) => self.machine.handle(Input::LeaseLost),
        }
        self.perform_effects();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Acknowledge {
                subscriber,
                number,
                reply,
            } => self.answer(Input::Acknowledged { subscriber, number }, reply),
            Command::Refuse {
                subscriber,
                number,
                instead,
                reply,
            } => {
                if matches!(instead, Refusal::Park { .. }) && !self.work.can_park() {
                    // Whoever does not wait for the answer does not need it.
                    let _ = reply.send(Err(AckError::CannotPark));
                    return;
                }
                let input = Input::Refused {
                    subscriber,
                    number,
                    instead,
                };
                self.answer(input, reply);
            }
        }
    }

    fn answer(&mut self, input: Input, reply: oneshot::Sender<Result<(), AckError>>) {
        self.rejected = None;
        self.machine.handle(input);
        self.perform_effects();
        let answer = match self.rejected.take() {
            Some(number) => Err(AckError::Unexpected { number }),
            None => Ok(()),
        };
        // Whoever does not wait for the answer does not need it.
        let _ = reply.send(answer);
    }

    fn look_at_roster(&mut self) {
        let (joining, leaving) = self.roster.changes();
        for joining in joining {
            self.join(joining);
        }
        if self.plan.acknowledges_when_taken {
            self.acknowledge_taken();
        }
        for subscriber in leaving {
            self.machine.handle(Input::Left { subscriber });
            // The last one is told once the subscription is over.
            if self.machine.progress().subscribers > 0 {
                self.letterboxes.remove(&subscriber);
            }
        }
    }

    fn join(&mut self, joining: Joining) {
        let Joining {
            subscriber,
            buffer_size,
            letterbox,
        } = joining;
        self.letterboxes.insert(subscriber, letterbox);
        self.machine.handle(Input::Joined {
            subscriber,
            buffer_size,
        });
    }

    fn acknowledge_taken(&mut self) {
        for (subscriber, letterbox) in &self.letterboxes {
            if let Some(number) = letterbox.taken() {
                let subscriber = *subscriber;
                self.machine.handle(Input::Acknowledged { subscriber, number });
            }
        }
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Acquired(Acquired {
                held,
                checkpoint,
                parked,
            }) => {
                debug!(name = ?self.plan.name, stream = %self.plan.selector, %checkpoint, "subscription acquired");
                self.held = held;
                self.machine.handle(Input::Acquired { checkpoint, parked });
            }
            // There is a stream now: what was read may be of one before it.
            Done::Input(Input::PageRead { .. }) if !self.watches_stream() => self.machine.handle(Input::LeaseLost),
            Done::Input(input) => self.machine.handle(input),
            Done::Failed(ended) => self.fail(ended),
        }
    }

    fn watches_stream(&self) -> bool {
        self.held.as_ref().is_none_or(|held| held.lease.watches_stream())
    }

    fn fail(&mut self, ended: SubscriptionEnded) {
        warn!(name = ?self.plan.name, stream = %self.plan.selector, error = %ended, "subscription failed");
        if matches!(ended, SubscriptionEnded::RolledBack { .. }) {
            // No checkpoint is about this log.
            self.machine.handle(Input::LeaseLost);
        }
        self.failure.get_or_insert(ended);
        self.machine.handle(Input::Failed);
    }

    /// Whoever sees an effect finds the progress that goes with it.
    fn perform_effects(&mut self) {
        let now = self.machine.progress();
        self.gauges.set(&now, self.machine.head());
        self.progress
            .send_if_modified(|before| std::mem::replace(before, now) != now);
        while let Some(effect) = self.machine.poll_effect() {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Acquire => self.start_acquiring(),
            Effect::Read { after, limit } => self.start(move |work| async move { work.read(after, limit).await }),
            Effect::Deliver { subscriber, events } => {
                if let Some(letterbox) = self.letterboxes.get(&subscriber) {
                    letterbox.put(events);
                }
            }
            Effect::SaveCheckpoint(number) => self.start_saving(number),
            Effect::Park { events, checkpoint } => self.start_parking(events, checkpoint),
            Effect::ArmTimer(timer, after) => self.timers.arm(timer, after),
            Effect::Release => self.release(),
            Effect::End(reason) => self.ended = Some(reason),
            Effect::RejectAcknowledgement { number, .. } => self.rejected = Some(number),
        }
    }

    fn start<F>(&self, work: impl FnOnce(Arc<Work>) -> F)
    where
        F: Future<Output = Done> + Send + 'static,
    {
        self.under_way.push(Box::pin(work(Arc::clone(&self.work))));
    }

    fn start_acquiring(&mut self) {
        let releasing = self.releasing.take();
        self.start(|work| async move {
            if let Some(releasing) = releasing {
                releasing.await;
            }
            work.acquire().await
        });
    }

    fn start_saving(&self, number: EventNumber) {
        let Some(Held { id, .. }) = self.held else { return };
        self.start(move |work| async move { work.save(id, number).await });
    }

    fn start_parking(&self, events: Vec<EventToPark>, checkpoint: EventNumber) {
        let Some(Held { id, .. }) = self.held else { return };
        self.start(move |work| async move { work.park(id, events, checkpoint).await });
    }

    /// Gives the lease back; whatever is under way for it, or was not taken yet, is dropped.
    fn release(&mut self) {
        self.under_way.clear();
        for letterbox in self.letterboxes.values() {
            letterbox.empty();
        }
        if let Some(Held { lease, .. }) = self.held.take() {
            self.releasing = Some(Box::pin(async move { lease.release().await }));
        }
    }
}

async fn lost(held: Option<&Held>) -> LeaseLoss {
    match held {
        Some(Held { lease, .. }) => lease.lost().await,
        None => std::future::pending().await,
    }
}
