use std::collections::HashMap;
use std::sync::Arc;

use eventstore_backend::copies_of;
use eventstore_core::backend::{AcquiredLease, StreamWatch};
use eventstore_core::{Error, EventNumber, Result};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, warn};

use super::{
    Acquisition, Clock, Command, Given, HeldLease, Hold, Holdings, INTERVAL, Release, Renewal, Watching, give,
    give_back, renew,
};
use crate::connection::Database;

/// At most this many requests share a transaction.
const MOST_AT_ONCE: usize = 100;

/// The task that gives, renews and takes back the leases of a store; it does nothing while there are none.
pub(super) struct Keeper {
    database: Arc<Database>,
    holdings: Arc<Holdings>,
    commands: mpsc::WeakUnboundedSender<Command>,
    /// The leases that were given back, but are not free yet.
    releases: Vec<Release>,
}

/// What one transaction has changed.
struct Changes {
    at: i64,
    renewal: Option<Renewal>,
    given: HashMap<(String, String), Given>,
}

impl Keeper {
    pub(super) fn new(
        database: Arc<Database>,
        holdings: Arc<Holdings>,
        commands: mpsc::WeakUnboundedSender<Command>,
    ) -> Self {
        Self {
            database,
            holdings,
            commands,
            releases: Vec::new(),
        }
    }

    /// Ends when the store and all leases are gone.
    pub(super) async fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Command>) {
        let mut renewals = interval(INTERVAL);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut commands = Vec::new();
        loop {
            let has_leases = !self.holdings.is_empty() || !self.releases.is_empty();
            tokio::select! {
                taken = receiver.recv_many(&mut commands, MOST_AT_ONCE) => if taken == 0 {
                    return;
                },
                _ = renewals.tick(), if has_leases => {}
            }
            self.carry_out(commands.split_off(0)).await;
        }
    }

    async fn carry_out(&mut self, commands: Vec<Command>) {
        let (mut acquisitions, mut watches) = (Vec::new(), Vec::new());
        for command in commands {
            match command {
                Command::TryAcquire(acquisition) if acquisition.reply.is_closed() => {}
                Command::TryAcquire(acquisition) => acquisitions.push(acquisition),
                Command::Watch(watching) => watches.push(watching),
                Command::Release(release) => self.releases.push(release),
            }
        }
        let must_renew = !watches.is_empty() || self.holdings.is_older_than(INTERVAL / 2);
        let must_renew = must_renew && !self.holdings.is_empty();
        if must_renew || !acquisitions.is_empty() || !self.releases.is_empty() {
            match self.write(&acquisitions, must_renew).await {
                Ok(changes) => self.take_in(changes, acquisitions),
                Err(error) => return self.refuse(error, acquisitions, watches),
            }
        }
        self.answer(watches);
    }

    /// Takes back first, so that a lease can be given again in the same transaction.
    async fn write(&self, acquisitions: &[Acquisition], must_renew: bool) -> Result<Changes> {
        let mut transaction = self.database.begin_while_closing().await?;
        give_back(&mut transaction, self.releases.iter().map(|release| release.lease)).await?;
        let renewal = if must_renew {
            Some(renew(&mut transaction, &self.holdings).await?)
        } else {
            None
        };
        let at = Clock::now();
        let given = match acquisitions {
            [] => HashMap::new(),
            // Those who ask were let in before; their next attempt is refused.
            _ if self.database.refuse_if_closed().is_err() => HashMap::new(),
            asked => {
                let has_groups = self.database.has_groups();
                give(&mut transaction, &self.holdings, asked, at, has_groups).await?
            }
        };
        transaction.commit().await?;
        Ok(Changes { at, renewal, given })
    }

    fn take_in(&mut self, changes: Changes, acquisitions: Vec<Acquisition>) {
        let Changes { at, renewal, mut given } = changes;
        self.releases.drain(..).for_each(Release::answer);
        if let Some(renewal) = renewal {
            renewal.take_in(&self.holdings);
        }
        for acquisition in acquisitions {
            let key = &acquisition.key;
            let key = (key.selector.as_str().to_owned(), key.name.as_str().to_owned());
            let answer = given.remove(&key).map(|given| self.hold(&given, at));
            acquisition.answer(answer.transpose().map(Option::flatten));
        }
    }

    /// `None` if no store exists any more that could use the lease.
    fn hold(&self, given: &Given, at: i64) -> Result<Option<AcquiredLease>> {
        let checkpoint = EventNumber::from_storage(given.checkpoint)?;
        let hold = Hold::new(given.token, at, given.watches_stream);
        Ok(self.commands.upgrade().map(|keeper| {
            self.holdings.insert(&hold, at);
            let lease = HeldLease::new(hold, Arc::clone(&self.holdings), keeper);
            AcquiredLease {
                lease: Box::new(lease),
                checkpoint,
            }
        }))
    }

    fn answer(&self, watches: Vec<Watching>) {
        for Watching { lease, reply } in watches {
            let watch = match self.holdings.hold(lease) {
                Some(hold) if hold.watches_stream() => StreamWatch::Watching,
                Some(_) => StreamWatch::NoStream,
                None => StreamWatch::Unknown,
            };
            // A caller that no longer waits asks again.
            let _ = reply.send(Ok(watch));
        }
    }

    /// Leases that could not be taken back end by themselves, unless a later attempt succeeds.
    fn refuse(&mut self, error: Error, acquisitions: Vec<Acquisition>, watches: Vec<Watching>) {
        warn!(%error, "the leases of subscriptions could not be given, renewed or taken back");
        let now = Clock::now();
        let ended = self.releases.extract_if(.., |release| release.until <= now);
        ended.for_each(Release::answer);
        let mut copies = copies_of(error);
        for acquisition in acquisitions {
            acquisition.answer(Err(copies()));
        }
        for watching in watches {
            let _ = watching.reply.send(Err(copies()));
        }
    }
}

/// However the task ends, no lease is renewed any more, and their holders are told immediately.
impl Drop for Keeper {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!("the task that keeps the leases panicked: they are lost, and taken again");
        }
        self.holdings.lose_all();
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::SubscriptionKey;
    use tokio::sync::oneshot;

    use super::*;
    use crate::SqliteStore;

    #[tokio::test]
    async fn a_store_that_is_being_closed_gives_no_lease_to_those_who_asked_before() {
        let store = SqliteStore::open(":memory:").await.unwrap();
        let database = store.database();
        let holdings = Holdings::new(Clock::of_this_machine(), Arc::clone(database));
        let (commands, _receiver) = mpsc::unbounded_channel();
        let keeper = Keeper::new(Arc::clone(database), Arc::new(holdings), commands.downgrade());
        let (reply, _answer) = oneshot::channel();
        let asked = [Acquisition {
            key: SubscriptionKey::new("$all", "a").unwrap(),
            start_after: EventNumber::ZERO,
            is_missing: true,
            reply,
        }];
        database.begin_to_close();
        assert!(keeper.write(&asked, false).await.unwrap().given.is_empty());
    }
}
