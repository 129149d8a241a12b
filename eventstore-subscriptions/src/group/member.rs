use std::time::Duration;

use eventstore_core::backend::{GroupView, HeldPartition, Membership, Renewal};
use eventstore_core::{Error, MemberId, PartitionNumber};
use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::entrance::Entrance;
use super::gauges::GroupGauges;
use super::holdings::Holdings;

/// How often a membership is renewed: several times before it ends, and so often that what another member gives back is claimed within a
/// second.
const BEAT: Duration = Duration::from_millis(600);

/// How often it is renewed while other members are giving back what belongs to the share: their partitions stand still until they are claimed.
const QUICK_BEAT: Duration = Duration::from_millis(100);

/// How long to wait before the group is entered again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long leaving may take: a membership ends by itself.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a member tells the one who handles the events.
#[derive(Debug)]
pub(super) enum MemberEvent {
    /// These partitions are held from now on.
    Given(Vec<HeldPartition>),
    /// Another member is to have the partition: stop it, and say so.
    Stop(PartitionNumber),
    /// Another member may have the partition already.
    Lost(PartitionNumber),
    /// The group cannot go on.
    Failed(Error),
    /// The group was deleted.
    Deleted,
}

/// The events of this partition are no longer handled.
#[derive(Debug)]
pub(super) struct Stopped(pub(super) PartitionNumber);

/// The part of this process in a group: keeps its membership, and holds its share of the partitions (ADR 67).
///
/// It leaves the group once the other end of `stopped` is dropped: no events are handled any more.
pub(super) struct Member {
    pub(super) entrance: Entrance,
    pub(super) events: UnboundedSender<MemberEvent>,
    pub(super) stopped: UnboundedReceiver<Stopped>,
    pub(super) gauges: GroupGauges,
    pub(super) holdings: Holdings,
}

/// Why a membership is over.
enum Over {
    /// It has ended, or may have: whatever was held may be another member's.
    Ended,
    /// No events are handled any more.
    Left,
    Failed(Error),
    Deleted,
}

impl Member {
    /// Runs until no events are handled any more, or the group cannot go on.
    pub(super) async fn run(mut self) {
        loop {
            let over = match self.enter().await {
                Ok((membership, until)) => self.serve(membership, until).await,
                Err(over) => over,
            };
            self.lose_all();
            match over {
                Over::Ended => {
                    info!(group = %self.entrance.key.name, "the membership has ended: the group is entered again");
                }
                Over::Left => return,
                Over::Failed(error) => return self.tell(MemberEvent::Failed(error)),
                Over::Deleted => return self.tell(MemberEvent::Deleted),
            }
        }
    }

    /// Waits until no single holder runs the subscription. Returns until when the membership lasts.
    async fn enter(&mut self) -> Result<(Membership, Instant), Over> {
        loop {
            let member = MemberId::new(Uuid::now_v7());
            let asked_at = Instant::now();
            let entered = select! {
                biased;
                () = no_one_handles(&mut self.stopped) => return Err(Over::Left),
                entered = self.entrance.enter(member) => entered,
            };
            match entered {
                Ok(Some(membership)) => return Ok((membership, asked_at + Membership::DURATION)),
                Ok(None) => {
                    debug!(group = %self.entrance.key.name, "a single holder runs the subscription of the group");
                }
                Err(error) if error.is_retryable() => {
                    warn!(%error, group = %self.entrance.key.name, "the group was not entered");
                }
                Err(error) => return Err(Over::Failed(error)),
            }
            select! {
                biased;
                () = no_one_handles(&mut self.stopped) => return Err(Over::Left),
                () = sleep(PAUSE) => {}
            }
        }
    }

    async fn serve(&mut self, membership: Membership, mut until: Instant) -> Over {
        let mut beat_at = Instant::now();
        loop {
            select! {
                biased;
                () = sleep_until(until) => return Over::Ended,
                stopped = self.stopped.recv() => {
                    let Some(Stopped(partition)) = stopped else {
                        self.leave(membership).await;
                        return Over::Left;
                    };
                    self.holdings.has_stopped(partition);
                    self.take_stopped();
                    if timeout_at(until, self.give_back(membership)).await.is_err() {
                        return Over::Ended;
                    }
                }
                () = sleep_until(beat_at) => match self.beat(membership, &mut until).await {
                    Ok(pause) => beat_at = Instant::now() + pause,
                    Err(over) => return over,
                },
            }
        }
    }

    /// Renews the membership, which moves its end, and balances. Returns how long to wait until the next time; until the membership ends, another
    /// attempt may succeed.
    async fn beat(&mut self, membership: Membership, until: &mut Instant) -> Result<Duration, Over> {
        let asked_at = Instant::now();
        let renewal = timeout_at(*until, self.entrance.store.renew_membership(membership)).await;
        let view = match renewal.map_err(|_| Over::Ended)? {
            Ok(Renewal::Lasts(view)) => view,
            Ok(Renewal::Ended) => return Err(Over::Ended),
            Ok(Renewal::GroupDeleted) => return Err(Over::Deleted),
            Err(error) if error.is_retryable() => {
                warn!(%error, group = %self.entrance.key.name, "the membership was not renewed");
                return Ok(BEAT);
            }
            Err(error) => return Err(Over::Failed(error)),
        };
        *until = asked_at + Membership::DURATION;
        let is_waiting = timeout_at(*until, self.balance(membership, &view))
            .await
            .map_err(|_| Over::Ended)?;
        Ok(if is_waiting { QUICK_BEAT } else { BEAT })
    }

    /// Takes what is missing of the share, and gives back what is beyond it. What fails is done with the next beat. Returns whether others are
    /// giving back what is missing.
    async fn balance(&mut self, membership: Membership, view: &GroupView) -> bool {
        self.give_back(membership).await;
        let plan = self
            .holdings
            .plan(view, membership.member, self.entrance.settings.partitions);
        for partition in plan.stop {
            self.tell(MemberEvent::Stop(partition));
        }
        if plan.is_in_doubt {
            self.reconcile(membership).await;
        }
        if plan.claim > 0 {
            match self.entrance.store.claim_partitions(membership, plan.claim).await {
                Ok(given) if given.is_empty() => {}
                Ok(given) => self.take(given),
                Err(error) => warn!(%error, group = %self.entrance.key.name, "free partitions were not claimed"),
            }
        }
        plan.is_waiting
    }

    fn take(&mut self, given: Vec<HeldPartition>) {
        self.holdings.add(&given);
        self.gauges.rebalanced(&self.holdings);
        self.tell(MemberEvent::Given(given));
    }

    async fn reconcile(&mut self, membership: Membership) {
        let stored = match self.entrance.store.held_partitions(membership).await {
            Ok(stored) => stored,
            Err(error) => {
                return warn!(%error, group = %self.entrance.key.name, "what the member holds could not be read");
            }
        };
        let (lost, unknown) = self.holdings.reconcile(&stored);
        if !lost.is_empty() {
            self.gauges.rebalanced(&self.holdings);
        }
        for partition in lost {
            warn!(group = %self.entrance.key.name, %partition, "a partition was lost");
            self.tell(MemberEvent::Lost(partition));
        }
        self.release(membership, &unknown).await;
    }

    async fn give_back(&mut self, membership: Membership) {
        let stopped = self.holdings.stopped();
        if self.release(membership, &stopped).await {
            self.holdings.remove(&stopped);
            self.gauges.rebalanced(&self.holdings);
        }
    }

    /// Returns whether anything was given back.
    async fn release(&self, membership: Membership, partitions: &[PartitionNumber]) -> bool {
        if partitions.is_empty() {
            return false;
        }
        let released = self.entrance.store.release_partitions(membership, partitions).await;
        if let Err(error) = &released {
            warn!(%error, group = %self.entrance.key.name, "partitions were not given back");
        }
        released.is_ok()
    }

    async fn leave(&self, membership: Membership) {
        match timeout(LEAVE_TIMEOUT, self.entrance.store.leave_group(membership)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                warn!(%error, group = %self.entrance.key.name, "the group was not left: the membership ends by itself");
            }
            Err(_) => {
                warn!(group = %self.entrance.key.name, "the group was not left in time: the membership ends by itself");
            }
        }
    }

    /// Takes what else has stopped meanwhile, so that one call gives it all back.
    fn take_stopped(&mut self) {
        while let Ok(Stopped(partition)) = self.stopped.try_recv() {
            self.holdings.has_stopped(partition);
        }
    }

    fn lose_all(&mut self) {
        for partition in self.holdings.clear() {
            self.tell(MemberEvent::Lost(partition));
        }
        self.gauges.rebalanced(&self.holdings);
    }

    /// If no one listens, no events are handled any more, which the member also learns from the end of `stopped`.
    fn tell(&self, event: MemberEvent) {
        let _ = self.events.send(event);
    }
}

/// Waits until no events are handled any more. What stops meanwhile is not held.
async fn no_one_handles(stopped: &mut UnboundedReceiver<Stopped>) {
    while stopped.recv().await.is_some() {}
}
