use std::collections::HashSet;
use std::sync::Arc;

use eventstore_core::backend::{LeaseEpoch, LeaseLoss, LeaseToken};
use eventstore_core::{Error, EventNumber, Result, SubscriptionId, SubscriptionKey};

use super::holdings::Held;
use super::{Acquisition, HeldLease, HeldLock, LeaseTable, LockOwner, refuse};
use crate::error::damaged;
use crate::sql::scripts::COUNT_LOCKS;

/// Whether the subscription exists; and its id, epoch, checkpoint and stream, if the lease was given.
type Answer = (bool, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// A lease as the server gave it.
#[derive(Clone, Copy)]
struct Given {
    token: LeaseToken,
    checkpoint: EventNumber,
    stream: Option<i64>,
}

impl LockOwner {
    pub(super) async fn acquire(&mut self, table: &Arc<LeaseTable>, mut waiting: Vec<Acquisition>) {
        loop {
            waiting.retain(|acquisition| !acquisition.reply.is_closed());
            if waiting.is_empty() {
                return;
            }
            if let Err(error) = self.count_locks().await {
                return refuse(waiting, error);
            }
            // Gives no lease when the server's lock table is full: every other statement needs a part of it.
            if let Some(full) = self.room.full() {
                for acquisition in waiting {
                    acquisition.answer(Err(full.into()));
                }
                return;
            }
            let batch = take_distinct(&mut waiting, self.room.at_once());
            self.acquire_at_once(table, batch).await;
        }
    }

    /// If the server refuses the leases together, each is requested alone: what prevents one does not prevent the others.
    async fn acquire_at_once(&mut self, table: &Arc<LeaseTable>, batch: Vec<Acquisition>) {
        let Err((batch, error)) = self.try_acquire(table, batch).await else {
            return;
        };
        if batch.len() == 1 || !self.connection.is_open() {
            return refuse(batch, error);
        }
        let (mut waiting, mut refusals) = (batch.into_iter(), 0);
        while let Some(acquisition) = waiting.next() {
            if acquisition.reply.is_closed() {
                continue;
            }
            if let Err((mut alone, error)) = self.try_acquire(table, vec![acquisition]).await {
                refusals += 1;
                // The failure is not about these leases: retrying the others would only delay the leases that are held.
                if refusals > 1 || !self.connection.is_open() {
                    alone.extend(waiting);
                    return refuse(alone, error);
                }
                refuse(alone, error);
            }
        }
    }

    /// Answers all of them, or none.
    async fn try_acquire(
        &mut self,
        table: &Arc<LeaseTable>,
        batch: Vec<Acquisition>,
    ) -> Result<(), (Vec<Acquisition>, Error)> {
        let answers = match self.ask_for_leases(table, &batch).await {
            Ok(answers) => answers,
            Err(error) => return Err((batch, error)),
        };
        let created_by_others = self.answer(table, batch, answers).await;
        if created_by_others.is_empty() {
            return Ok(());
        }
        match self.ask_for_leases(table, &created_by_others).await {
            Ok(answers) => {
                // A subscription that does not exist even now has been deleted again.
                for deleted in self.answer(table, created_by_others, answers).await {
                    deleted.answer(Ok(None));
                }
                Ok(())
            }
            Err(error) => Err((created_by_others, error)),
        }
    }

    /// Returns the acquisitions of subscriptions that others created concurrently: the statement does not see them yet.
    async fn answer(
        &mut self,
        table: &Arc<LeaseTable>,
        batch: Vec<Acquisition>,
        answers: Vec<Answer>,
    ) -> Vec<Acquisition> {
        let (mut unseen, mut damaged_ids) = (Vec::new(), Vec::new());
        for (acquisition, (is_there, id, epoch, checkpoint, stream)) in batch.into_iter().zip(answers) {
            let (Some(id), Some(epoch), Some(checkpoint)) = (id, epoch, checkpoint) else {
                if is_there {
                    acquisition.answer(Ok(None));
                } else {
                    unseen.push(acquisition);
                }
                continue;
            };
            let token = LeaseToken {
                id: SubscriptionId::new(id),
                epoch: LeaseEpoch::new(epoch),
            };
            match EventNumber::try_from(checkpoint) {
                Ok(checkpoint) => acquisition.answer(Ok(self.hold(
                    table,
                    Given {
                        token,
                        checkpoint,
                        stream,
                    },
                ))),
                Err(error) => {
                    damaged_ids.push(token.id);
                    acquisition.answer(Err(damaged(error)));
                }
            }
        }
        self.unlock(table, &damaged_ids).await;
        unseen
    }

    async fn count_locks(&mut self) -> Result<()> {
        if self.room.must_count() {
            let query = sqlx::query(COUNT_LOCKS).persistent(false);
            if let Some((capacity, taken)) = self.ask::<(i64, i64)>(query).await?.pop() {
                self.room.counted(capacity, taken);
            }
        }
        Ok(())
    }

    /// Creates the subscriptions that do not exist, takes the locks, begins the next epochs (ADR 40) and remembers which stream each
    /// checkpoint is about: if that stream was re-created since, the checkpoint is reset to its beginning. One answer each, in order.
    async fn ask_for_leases(&mut self, table: &LeaseTable, batch: &[Acquisition]) -> Result<Vec<Answer>> {
        let texts = |text: fn(&SubscriptionKey) -> &str| -> Vec<String> {
            batch.iter().map(|asked| text(&asked.key).to_owned()).collect()
        };
        let query = table
            .acquire()
            .query()
            .bind(texts(|key| key.selector.as_str()))
            .bind(texts(|key| key.name.as_str()))
            .bind(batch.iter().map(|asked| asked.start_after.as_i64()).collect::<Vec<_>>())
            .bind(self.holdings.ids(table).map(SubscriptionId::get).collect::<Vec<_>>());
        let answers = self.ask::<Answer>(query).await;
        // Locks of a session survive the failure of the statement that took them, and would keep the subscription from
        // everyone (ADR 48).
        if answers.is_err() {
            self.unlock_others(table).await;
        }
        answers
    }

    /// `None` if no store exists any more that could use the lease.
    fn hold(&mut self, table: &Arc<LeaseTable>, given: Given) -> Option<(HeldLease, EventNumber)> {
        // Without a sender this task is about to end, and the lock that the server gave ends with its connection.
        let commands = self.commands.upgrade()?;
        let Given {
            token,
            checkpoint,
            stream,
        } = given;
        if let Some(written) = &table.written {
            written.begin(token, checkpoint);
        }
        // Without our own table no lease watches its stream, and no later one would.
        let watches_stream = stream.is_some() || !table.has_additions;
        let holding = HeldLock::new(self.connection.confirmed(), watches_stream);
        let held = Held {
            holding: Arc::clone(&holding),
            epoch: token.epoch,
            stream,
        };
        // A lease of a table that was dropped, and replaced by another one.
        if let Some(replaced) = self.holdings.insert(table, token.id, held) {
            replaced.holding.lose(LeaseLoss::InDoubt);
        }
        self.room.take();
        let lease = HeldLease::new(Arc::clone(table), token, holding, commands);
        Some((lease, checkpoint))
    }
}

/// The first acquisitions, up to this many, but each subscription once: one statement must not give a lease twice.
fn take_distinct(waiting: &mut Vec<Acquisition>, most: usize) -> Vec<Acquisition> {
    let mut keys = HashSet::new();
    waiting
        .extract_if(.., |acquisition| {
            keys.len() < most && keys.insert(acquisition.key.clone())
        })
        .collect()
}
