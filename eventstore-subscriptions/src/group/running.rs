use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::HeldPartition;
use eventstore_core::{EventNumber, PartitionNumber, SubscriptionKey};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};

use super::Group;
use super::feed::Feed;
use super::member::{MemberEvent, Stopped};
use super::partition::{Partition, Started, Swept};
use super::sweep::Sweep;
use super::turns::Turns;
use crate::driver::message_of;
use crate::subscribe::Plan;
use crate::{SubscriptionEnded, Subscriptions};

/// How often the positions of partitions without events are stored.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How a partition came to an end.
pub(super) enum Ending<E> {
    /// Another member may have it: nothing of it is handled any more.
    Lost,
    Ended(Result<(), E>),
}

/// Why the events of a partition are not handled any more.
pub(super) trait PartitionError: From<SubscriptionEnded> + fmt::Display {
    /// Whether the subscription to the partition ended, rather than whatever handles its events.
    fn is_end_of_subscription(&self) -> bool;
}

/// The end of a partition that the member held, under the tenure in which it was started.
type PartitionEnd<E> = (PartitionNumber, u64, Ending<E>);

/// The partitions of a group that this process handles.
pub(super) struct RunningGroup<'s> {
    pub(super) subscriptions: &'s Subscriptions,
    pub(super) plan: Plan,
    pub(super) key: SubscriptionKey,
    pub(super) group: Group,
    pub(super) feed: Arc<Feed>,
    pub(super) scanner: JoinSet<SubscriptionEnded>,
    pub(super) member: JoinHandle<()>,
    pub(super) events: UnboundedReceiver<MemberEvent>,
    pub(super) stopped: UnboundedSender<Stopped>,
    pub(super) state: State,
}

/// What the group does here.
#[derive(Default)]
pub(super) struct State {
    partitions: BTreeMap<PartitionNumber, Partition>,
    /// How many partitions have been given so far.
    tenures: u64,
    turns: Turns,
    sweep: Sweep,
    saving: FuturesUnordered<BoxFuture<'static, ()>>,
}

/// What the group waits for.
enum Event<E> {
    ShutDown,
    OfMember(Option<MemberEvent>),
    PartitionEnded(PartitionEnd<E>),
    /// A partition has events that no one handles yet.
    Wanted(PartitionNumber),
    ScannerEnded(Option<Result<SubscriptionEnded, JoinError>>),
    SweepDue,
    Saved,
}

impl RunningGroup<'_> {
    /// Handles partitions until this is ready or the group cannot go on; then stops them and leaves the group.
    pub(super) async fn run<F, E>(
        mut self,
        shutdown: impl Future<Output = ()>,
        handle: impl Fn(Started) -> F,
    ) -> Result<(), E>
    where
        F: Future<Output = Ending<E>>,
        E: PartitionError,
    {
        let mut shutdown = pin!(shutdown.fuse());
        let mut running = FuturesUnordered::new();
        let mut sweep = interval(SWEEP_INTERVAL);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let outcome = loop {
            let event = select! {
                biased;
                () = &mut shutdown => Event::ShutDown,
                event = self.events.recv() => Event::OfMember(event),
                Some(ended) = running.next() => Event::PartitionEnded(ended),
                Some(partition) = self.feed.next_without_listener() => Event::Wanted(partition),
                ended = self.scanner.join_next() => Event::ScannerEnded(ended),
                Some(()) = self.state.saving.next() => Event::Saved,
                _ = sweep.tick() => Event::SweepDue,
            };
            match event {
                Event::ShutDown => break Ok(()),
                Event::Wanted(partition) => {
                    if let Some((tenure, started)) = self.start(partition) {
                        running.push(handle(started).map(move |ending| (partition, tenure, ending)));
                    }
                }
                event => {
                    if let Err(error) = self.take(event) {
                        break Err(error);
                    }
                }
            }
        };
        let stopped = self.stop_all(running).await;
        self.leave().await;
        outcome?;
        stopped
    }

    fn take<E: PartitionError>(&mut self, event: Event<E>) -> Result<(), E> {
        match event {
            Event::OfMember(event) => Ok(self.hear(event)?),
            Event::PartitionEnded(ended) => self.take_end(ended),
            Event::ScannerEnded(ended) => Err(why_the_scanner_ended(ended).into()),
            Event::SweepDue => {
                self.sweep();
                Ok(())
            }
            Event::ShutDown | Event::Wanted(_) | Event::Saved => Ok(()),
        }
    }

    fn hear(&mut self, event: Option<MemberEvent>) -> Result<(), SubscriptionEnded> {
        match event {
            Some(MemberEvent::Given(given)) => self.begin(given),
            Some(MemberEvent::Stop(partition)) => self.stop(partition),
            Some(MemberEvent::Lost(partition)) => self.lose(partition),
            Some(MemberEvent::Deleted) => return Err(SubscriptionEnded::SubscriptionDeleted),
            Some(MemberEvent::Failed(error)) => return Err(SubscriptionEnded::Failed(Arc::new(error))),
            // It only ends before this does if it panics.
            None => return Err(panicked("the member of a group panicked".to_owned())),
        }
        Ok(())
    }

    fn begin(&mut self, given: Vec<HeldPartition>) {
        for held in &given {
            self.state.tenures += 1;
            let partition = Partition::new(*held, self.state.tenures);
            self.state.partitions.insert(held.partition, partition);
        }
        debug!(group = %self.key.name, count = given.len(), "partitions were taken");
        self.feed
            .add(given.iter().map(|held| (held.partition, held.checkpoint)));
    }

    fn start(&mut self, number: PartitionNumber) -> Option<(u64, Started)> {
        let partition = self.state.partitions.get_mut(&number)?;
        if partition.is_to_stop || partition.running.is_some() {
            return None;
        }
        let plan = self.group.plan_of(number, &self.plan, &self.key)?;
        let started = partition.start(self.subscriptions, &self.feed, &self.state.turns, plan);
        Some((partition.tenure, started))
    }

    fn stop(&mut self, number: PartitionNumber) {
        let Some(partition) = self.state.partitions.get_mut(&number) else {
            return;
        };
        partition.is_to_stop = true;
        match &partition.running {
            Some(signals) => signals.stop.cancel(),
            None => self.give_back(number),
        }
    }

    fn lose(&mut self, number: PartitionNumber) {
        if let Some(signals) = self.forget(number).and_then(|partition| partition.running) {
            signals.lost.cancel();
        }
    }

    fn give_back(&mut self, number: PartitionNumber) {
        if self.forget(number).is_some() {
            // If the member has gone, the group ends.
            let _ = self.stopped.send(Stopped(number));
        }
    }

    fn forget(&mut self, number: PartitionNumber) -> Option<Partition> {
        self.feed.remove(number);
        self.state.partitions.remove(&number)
    }

    fn take_end<E: PartitionError>(&mut self, (number, tenure, ending): PartitionEnd<E>) -> Result<(), E> {
        let partition = self
            .state
            .partitions
            .get(&number)
            .filter(|partition| partition.tenure == tenure);
        match (partition, ending) {
            // What was lost is another member's: its end here says nothing.
            (None, _) | (Some(_), Ending::Lost) => Ok(()),
            (Some(_), Ending::Ended(Ok(()))) => {
                self.give_back(number);
                Ok(())
            }
            (Some(partition), Ending::Ended(Err(error))) if partition.is_to_stop && error.is_end_of_subscription() => {
                warn!(%error, group = %self.key.name, partition = %number, "a partition was given back, but not in good order");
                self.give_back(number);
                Ok(())
            }
            (Some(_), Ending::Ended(Err(error))) => {
                self.give_back(number);
                Err(error)
            }
        }
    }

    /// Stores, of partitions without events, how far they have come.
    fn sweep(&mut self) {
        let due = self.state.sweep.next(self.state.partitions.keys().copied());
        for (number, position) in self.feed.idle(&due) {
            let Some(partition) = self.state.partitions.get_mut(&number) else {
                continue;
            };
            match partition.sweep(position) {
                Swept::Nothing => {}
                Swept::Tell => self.feed.tell(number, position),
                Swept::Store(token) => self.save(token, position),
            }
        }
    }

    fn save(&self, token: eventstore_core::backend::LeaseToken, position: EventNumber) {
        let backend = Arc::clone(&self.subscriptions.backend);
        self.state.saving.push(Box::pin(async move {
            // If it is not stored, the next holder reads once more what is not of the partition.
            if let Err(error) = backend.save_checkpoint(token, position).await {
                debug!(%error, "the position of a partition without events was not stored");
            }
        }));
    }

    /// Stops all partitions in good order; returns the first error of those that do not.
    async fn stop_all<R, E>(&mut self, mut running: FuturesUnordered<R>) -> Result<(), E>
    where
        R: Future<Output = PartitionEnd<E>>,
    {
        for partition in self.state.partitions.values_mut() {
            partition.is_to_stop = true;
            if let Some(signals) = &partition.running {
                signals.stop.cancel();
            }
        }
        let mut first_error = Ok(());
        let mut hears = true;
        while !running.is_empty() {
            let outcome = select! {
                biased;
                event = self.events.recv(), if hears => {
                    hears = event.is_some();
                    self.hear_while_stopping(event);
                    continue;
                }
                Some((number, tenure, ending)) = running.next() => match ending {
                    Ending::Ended(Err(error)) if self.holds(number, tenure) => Err(error),
                    _ => Ok(()),
                },
            };
            first_error = first_error.and(outcome);
        }
        first_error
    }

    /// What is lost ends at once, also now; what is given is given back by leaving.
    fn hear_while_stopping(&mut self, event: Option<MemberEvent>) {
        if let Some(MemberEvent::Lost(partition)) = event {
            self.lose(partition);
        }
    }

    fn holds(&self, number: PartitionNumber, tenure: u64) -> bool {
        let partition = self.state.partitions.get(&number);
        partition.is_some_and(|partition| partition.tenure == tenure)
    }

    async fn leave(self) {
        let Self { stopped, member, .. } = self;
        drop(stopped);
        if let Err(error) = member.await {
            warn!(%error, "the member of a group did not leave in good order: its membership ends by itself");
        }
    }
}

fn why_the_scanner_ended(ended: Option<Result<SubscriptionEnded, JoinError>>) -> SubscriptionEnded {
    match ended {
        Some(Ok(ended)) => ended,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => panicked(message_of(&*panic)),
            Err(_) => SubscriptionEnded::RuntimeEnded,
        },
        None => SubscriptionEnded::RuntimeEnded,
    }
}

fn panicked(message: String) -> SubscriptionEnded {
    SubscriptionEnded::Panicked { number: None, message }
}
