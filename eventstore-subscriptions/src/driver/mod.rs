mod acquire;
mod answering;
mod background_work;
mod command;
mod continuity;
mod deregistration;
mod ending;
mod event_selection;
mod failure;
mod gate;
mod gauges;
mod reports;
mod timers;

use std::collections::BTreeMap;
use std::future::ready;
use std::num::NonZeroU64;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{EventToPark, Hint, LeaseLoss, Listener};
use eventstore_core::machine::{DeliveredEvent, Effect, EndReason, Input, SubscriberId, SubscriptionMachine, Timer};
use eventstore_core::{EventNumber, ParkCause, Progress, ReportedStatus};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::{debug, warn};

pub(crate) use self::acquire::resolve_start;
pub(crate) use self::background_work::{BackgroundWork, Means, ended_by, is_damage};
pub(crate) use self::command::Command;
pub(crate) use self::continuity::Continuity;
pub(crate) use self::event_selection::message_of;
pub(crate) use self::failure::failure;

use self::acquire::{Acquired, Held};
use self::background_work::WorkOutcome;
use self::deregistration::Deregistration;
use self::gate::{Gate, Step};
use self::gauges::Gauges;
use self::reports::Reports;
use self::timers::Timers;
use crate::SubscriptionEnded;
use crate::buffer::BufferSender;
use crate::registry::{Registration, Running};
use crate::subscribe::Plan;
use crate::subscribers::{Joining, Subscribers};

/// How many commands may wait for the driver; further callers wait to send theirs.
const COMMAND_CAPACITY: usize = 16;

/// How long a lease may take to be given back: it ends by itself if its holder goes silent.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many events are delivered one at a time at most after an unclean end. If the event at fault is a later one, it is among them after
/// the next end.
const MOST_SUSPECTS: u64 = 10_000;

/// Performs the effects that the machine of one subscription asks for. It never waits for the storage itself, so that no caller that
/// talks to it does either.
pub(crate) struct Driver {
    plan: Plan,
    machine: SubscriptionMachine,
    listener: Box<dyn Listener>,
    subscribers: Arc<Subscribers>,
    commands: mpsc::Receiver<Command>,
    buffers: BTreeMap<SubscriberId, BufferSender>,
    progress: watch::Sender<Progress>,
    gauges: Gauges,
    reports: Reports,
    gate: Gate,
    /// How many leases it has held.
    leases: u64,
    timers: Timers,
    work: Arc<BackgroundWork>,
    under_way: FuturesUnordered<BoxFuture<'static, WorkOutcome>>,
    held: Option<Held>,
    /// The release of a lease that is being given back.
    releasing: Option<BoxFuture<'static, ()>>,
    /// An acknowledgement that the machine did not accept.
    rejected: Option<EventNumber>,
    failure: Option<SubscriptionEnded>,
    /// The error with which the machine is about to end, unless a later read succeeds.
    damage: Option<SubscriptionEnded>,
    ended: Option<EndReason>,
    /// An ended channel is always ready to say so: hearing it once is enough.
    heard_last_hint: bool,
    finish: Deregistration,
}

/// What the driver waits for.
enum Event {
    Command(Command),
    SubscribersChanged,
    Hint(Option<Hint>),
    WorkDone(WorkOutcome),
    Timer(Timer),
    ReportDue,
    LeaseLost(LeaseLoss),
}

impl Driver {
    /// Runs the subscription in its own task, once the previous one of the same key is over.
    pub(crate) fn spawn(
        work: BackgroundWork,
        listener: Box<dyn Listener>,
        plan: Plan,
        subscribers: Arc<Subscribers>,
        previous: Option<Arc<Subscribers>>,
        registration: Option<Registration>,
    ) -> Running {
        let (command_sender, commands) = mpsc::channel(COMMAND_CAPACITY);
        let retries = work.retries();
        let machine = machine_for(&plan);
        let sender = watch::Sender::new(machine.progress());
        let progress = sender.subscribe();
        let finish = Deregistration::new(Arc::clone(&subscribers), registration, sender.clone());
        let driver = Self::new(plan.clone(), machine, sender, listener, work, commands, finish);
        tokio::spawn(async move {
            if let Some(previous) = previous {
                previous.finished().await;
            }
            driver.run().await;
        });
        Running {
            plan,
            subscribers,
            commands: command_sender,
            progress,
            retries,
        }
    }

    fn new(
        plan: Plan,
        machine: SubscriptionMachine,
        progress: watch::Sender<Progress>,
        listener: Box<dyn Listener>,
        work: BackgroundWork,
        commands: mpsc::Receiver<Command>,
        finish: Deregistration,
    ) -> Self {
        Self {
            gauges: Gauges::new(&plan, work.metrics_label()),
            reports: Reports::new(work.holder()),
            gate: Gate::default(),
            leases: u64::from(work.was_held_before()),
            plan,
            progress,
            machine,
            listener,
            subscribers: finish.subscribers(),
            commands,
            buffers: BTreeMap::new(),
            timers: Timers::default(),
            work: Arc::new(work),
            under_way: FuturesUnordered::new(),
            held: None,
            releasing: None,
            rejected: None,
            failure: None,
            damage: None,
            ended: None,
            heard_last_hint: false,
            finish,
        }
    }

    /// A panic ends the subscription with it.
    async fn run(mut self) {
        let outcome = AssertUnwindSafe(self.run_to_the_end()).catch_unwind().await;
        let reason = outcome.unwrap_or_else(|panic| self.panicked(&*panic));
        self.let_go().await;
        self.tell_the_end(reason);
    }

    async fn run_to_the_end(&mut self) -> EndReason {
        self.see_whether_hints_come();
        self.perform_effects();
        loop {
            if let Some(reason) = self.ended {
                return reason;
            }
            let event = self.next_event().await;
            self.handle(event);
        }
    }

    fn see_whether_hints_come(&mut self) {
        self.machine.handle(Input::Notified(self.listener.is_connected()));
    }

    async fn next_event(&mut self) -> Event {
        // Whether the lease is in doubt is checked first: nothing may be done under a doubtful lease.
        // A report that is due comes next: what is always ready would keep it waiting for ever.
        let report_is_due = self.reports.is_due();
        tokio::select! {
            biased;
            loss = lost(self.held.as_ref()) => Event::LeaseLost(loss),
            () = ready(()), if report_is_due => Event::ReportDue,
            Some(command) = self.commands.recv() => Event::Command(command),
            () = self.subscribers.changed() => Event::SubscribersChanged,
            hint = self.listener.hint(), if !self.heard_last_hint => Event::Hint(hint),
            Some(done) = self.under_way.next() => Event::WorkDone(done),
            timer = self.timers.next() => Event::Timer(timer),
            () = self.reports.due() => Event::ReportDue,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Command(command) => return self.carry_out(command),
            Event::SubscribersChanged => self.take_changes_of_subscribers(),
            Event::Hint(Some(hint)) => {
                self.see_whether_hints_come();
                self.machine.handle(Input::Hinted(hint));
            }
            Event::Hint(None) => {
                self.heard_last_hint = true;
                self.fail(SubscriptionEnded::StoreClosed);
            }
            Event::WorkDone(done) => self.take(done),
            Event::ReportDue => return self.report(),
            Event::Timer(timer) => self.machine.handle(Input::TimerFired(timer)),
            Event::LeaseLost(LeaseLoss::SubscriptionDeleted) => self.fail(SubscriptionEnded::SubscriptionDeleted),
            Event::LeaseLost(LeaseLoss::InDoubt | LeaseLoss::StreamReplaced) => {
                // What was in flight may still be with its subscribers: the lease does not end in good order.
                self.reports.lose_lease();
                self.machine.handle(Input::LeaseLost);
            }
        }
        self.perform_effects();
    }

    fn take_changes_of_subscribers(&mut self) {
        let (joining, leaving) = self.subscribers.changes();
        for joining in joining {
            self.join(joining);
        }
        if self.plan.acknowledges_when_taken {
            // Before anyone leaves: what a leaving subscriber has not acknowledged is delivered again, even if it has
            // taken it.
            self.acknowledge_taken();
        }
        for subscriber in leaving {
            self.gate.remove(subscriber);
            self.machine.handle(Input::Left { subscriber });
            // The last subscriber is told once the subscription is over.
            if self.machine.progress().subscribers > 0 {
                self.dismiss(subscriber);
            }
        }
    }

    fn dismiss(&mut self, subscriber: SubscriberId) {
        if let Some(buffer) = self.buffers.remove(&subscriber) {
            buffer.end(None);
        }
    }

    fn join(&mut self, joining: Joining) {
        let Joining {
            subscriber,
            buffer_size,
            buffer,
        } = joining;
        self.buffers.insert(subscriber, buffer);
        self.machine.handle(Input::Joined {
            subscriber,
            buffer_size,
        });
    }

    fn acknowledge_taken(&mut self) {
        for (subscriber, buffer) in &self.buffers {
            if let Some(number) = buffer.taken() {
                let subscriber = *subscriber;
                self.machine.handle(Input::Acknowledged { subscriber, number });
            }
        }
    }

    fn take(&mut self, done: WorkOutcome) {
        match done {
            WorkOutcome::Acquired(Acquired {
                held,
                checkpoint,
                parked,
            }) => {
                debug!(name = ?self.plan.name, stream = %self.plan.selector, %checkpoint, "subscription acquired");
                if held.is_some() {
                    self.leases = self.leases.saturating_add(1);
                    self.reports.begin_lease();
                    self.gate.close(self.room(), self.work.is_in_a_group());
                }
                self.held = held;
                self.machine.handle(Input::Acquired { checkpoint, parked });
            }
            WorkOutcome::Reported { is_kept } => {
                self.reports.end(is_kept);
                self.pass(is_kept);
            }
            WorkOutcome::PreviousReport(previous) => {
                let of_another = previous.filter(|previous| !self.is_own(previous));
                self.gate.learn(of_another.as_ref());
            }
            WorkOutcome::Input(input) => self.machine.handle(input),
            WorkOutcome::Damaged(ended) => {
                warn!(name = ?self.plan.name, stream = %self.plan.selector, error = %ended, "a page cannot be read");
                self.damage = Some(ended);
                self.machine.handle(Input::PageDamaged);
            }
            // The failure comes before the answer: an active machine would take the answer for a failure to retry, and
            // a stopping one ends with it.
            WorkOutcome::Failed { ended, answer } => {
                self.fail(ended);
                if let Some(answer) = answer {
                    self.machine.handle(answer);
                }
            }
        }
    }

    fn fail(&mut self, ended: SubscriptionEnded) {
        warn!(name = ?self.plan.name, stream = %self.plan.selector, error = %ended, "subscription failed");
        if matches!(ended, SubscriptionEnded::RolledBack { .. }) {
            // No checkpoint is about this log.
            self.machine.handle(Input::LeaseLost);
        }
        // The first failure is the cause, and later ones may only follow from it.
        self.failure.get_or_insert(ended);
        self.machine.handle(Input::Failed);
    }

    /// A consumer that sees an effect finds the progress that goes with it.
    fn perform_effects(&mut self) {
        self.tell_progress(self.machine.progress());
        while let Some(effect) = self.machine.poll_effect() {
            self.perform(effect);
        }
        self.work_for_the_gate();
    }

    /// Begins what has to be done before the next delivery.
    fn work_for_the_gate(&mut self) {
        let machine = &self.machine;
        self.gate
            .settle(|subscriber, number| machine.is_in_flight(subscriber, number));
        let Some(lease) = self.held.as_ref().map(Held::token) else {
            return;
        };
        // A report that is under way could be stored after this one.
        if self.reports.is_under_way() {
            return;
        }
        match self.gate.next_step(self.machine.progress().acknowledged) {
            None => {}
            Some(Step::Ask) => self.start(move |work| async move { work.previous_report(lease.id).await }),
            Some(Step::Report(state)) => {
                let report = self.reports.begin_with(state);
                self.start(move |work| async move { work.report_before_delivery(lease, &report).await });
            }
            Some(Step::Clear(state)) => {
                let report = self.reports.begin_with(state);
                self.start(move |work| async move { work.report_after_delivery(lease, &report).await });
            }
        }
    }

    /// Delivers what had to wait for its report.
    fn pass(&mut self, is_kept: bool) {
        let mut passed: BTreeMap<SubscriberId, Vec<DeliveredEvent>> = BTreeMap::new();
        for (subscriber, event) in self.gate.pass(is_kept) {
            passed.entry(subscriber).or_default().push(event);
        }
        if !self.gate.is_with_one_alone() {
            self.work.cancel_turn();
        }
        for (subscriber, events) in passed {
            self.put(subscriber, events);
        }
    }

    fn put(&self, subscriber: SubscriberId, events: Vec<DeliveredEvent>) {
        if let Some(buffer) = self.buffers.get(&subscriber) {
            buffer.put(events, self.held.as_ref().map(Held::tenure));
        }
    }

    /// Whether this subscription itself was the holder before: its process is alive.
    fn is_own(&self, previous: &ReportedStatus) -> bool {
        self.leases > 1 && previous.report.holder == self.work.holder()
    }

    /// How many events may have been delivered since the last checkpoint, or about so many.
    fn room(&self) -> u64 {
        let settings = &self.plan.settings;
        let in_flight = u64::from(settings.buffer_size.get()).saturating_mul(settings.concurrency_limit.get().into());
        in_flight
            .saturating_add(settings.checkpoint_threshold.get())
            .min(MOST_SUSPECTS)
    }

    fn tell_progress(&mut self, now: Progress) {
        self.gauges.set(&now, self.machine.head());
        self.reports.see(&now);
        let mut was_beyond_head = false;
        self.progress.send_if_modified(|before| {
            was_beyond_head = before.is_beyond_head();
            std::mem::replace(before, now) != now
        });
        if now.is_beyond_head() && !was_beyond_head {
            let (position, head) = (now.received, now.head);
            warn!(
                name = ?self.plan.name, stream = %self.plan.selector, %position, ?head,
                "the subscription is beyond the end of its stream: what is appended up to its position will be skipped"
            );
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Acquire => self.start_acquiring(),
            Effect::Read {
                after,
                limit,
                max_bytes,
            } => self.start_reading(after, limit, max_bytes),
            Effect::Deliver { subscriber, events } => {
                self.reports.delivered(&events);
                if let Some((subscriber, events)) = self.gate.hold(subscriber, events) {
                    self.put(subscriber, events);
                }
            }
            Effect::SaveCheckpoint(number) => self.start_saving(number),
            Effect::Park { mut events, checkpoint } => {
                self.count_earlier_attempts(&mut events);
                self.reports.parked(&events);
                self.start_parking(events, checkpoint);
            }
            Effect::ArmTimer(timer, after) => self.timers.arm(timer, after),
            Effect::Release => self.release(),
            Effect::End(reason) => self.ended = Some(reason),
            Effect::RejectAcknowledgement { number, .. } => self.rejected = Some(number),
        }
    }

    fn count_earlier_attempts(&self, events: &mut [EventToPark]) {
        for event in events {
            if let ParkCause::Rejected { attempts, .. } = &mut event.cause {
                *attempts = attempts.saturating_add(self.gate.attempts_before(event.number));
            }
        }
    }

    fn start<F>(&self, work: impl FnOnce(Arc<BackgroundWork>) -> F)
    where
        F: Future<Output = WorkOutcome> + Send + 'static,
    {
        self.under_way.push(Box::pin(work(Arc::clone(&self.work))));
    }

    fn start_acquiring(&mut self) {
        // A lease that is still being given back counts as held and would be refused, so the release comes first.
        let releasing = self.releasing.take();
        self.start(|work| async move {
            if let Some(releasing) = releasing {
                releasing.await;
            }
            work.acquire().await
        });
    }

    fn start_reading(&mut self, after: EventNumber, limit: u32, max_bytes: NonZeroU64) {
        let unwatched = self.held.as_mut().filter(|held| !held.is_watching);
        let lease = match unwatched {
            Some(held) if held.lease.watches_stream() => {
                held.is_watching = true;
                self.work.begin_again();
                None
            }
            unwatched => unwatched.map(|held| held.token()),
        };
        match lease {
            None => self.start(move |work| async move { work.read(after, limit, max_bytes).await }),
            Some(lease) => {
                self.start(move |work| async move { work.watch_and_read(lease, after, limit, max_bytes).await });
            }
        }
    }

    fn start_saving(&self, number: EventNumber) {
        let Some(lease) = self.held.as_ref().map(Held::token) else {
            return;
        };
        self.start(move |work| async move { work.save(lease, number).await });
    }

    fn start_parking(&self, events: Vec<EventToPark>, checkpoint: EventNumber) {
        let Some(lease) = self.held.as_ref().map(Held::token) else {
            return;
        };
        self.start(move |work| async move { work.park(lease, events, checkpoint).await });
    }

    fn report(&mut self) {
        let Some(lease) = self.held.as_ref().map(Held::token) else {
            return;
        };
        let report = self.reports.begin();
        self.start(move |work| async move { work.report(lease, &report).await });
    }

    /// Gives the lease back, and drops all work under it and everything that subscribers have not taken yet.
    fn release(&mut self) {
        self.under_way.clear();
        for buffer in self.buffers.values() {
            buffer.empty();
        }
        let acknowledged = self.machine.progress().acknowledged;
        let left_suspected = std::mem::take(&mut self.gate).left_suspected(acknowledged);
        let last_report = self.reports.end_lease(left_suspected);
        if let Some(Held { lease, .. }) = self.held.take() {
            let work = Arc::clone(&self.work);
            self.releasing = Some(Box::pin(async move {
                let give_back = async {
                    if let Some(report) = last_report {
                        work.report(lease.token(), &report).await;
                    }
                    lease.release().await;
                };
                if timeout(RELEASE_TIMEOUT, give_back).await.is_err() {
                    warn!("a lease could not be given back in time: it ends when its session does");
                }
            }));
        }
    }
}

fn machine_for(plan: &Plan) -> SubscriptionMachine {
    let settings = plan.settings.clone();
    match plan.name {
        Some(_) => SubscriptionMachine::new(settings),
        None => SubscriptionMachine::transient(settings),
    }
}

async fn lost(held: Option<&Held>) -> LeaseLoss {
    match held {
        Some(Held { lease, .. }) => lease.lost().await,
        None => std::future::pending().await,
    }
}
