use std::collections::HashMap;

use eventstore_backend::copies_of;
use eventstore_core::backend::{LeaseLoss, LeaseToken, StreamWatch};
use eventstore_core::{Result, SubscriptionId};
use tracing::{info, warn};

use super::{LeaseTable, LockOwner, Watching};

/// What became of a held subscription: its id, whether it was deleted, whether its stream was replaced by another one, and whether
/// another epoch has begun.
type Change = (i64, bool, bool, bool);

impl LockOwner {
    /// Checks the leases of each store; if there are none, keeps the connection alive.
    pub(super) async fn check_health(&mut self) {
        let tables = self.holdings.tables();
        if tables.is_empty() {
            let _ = self.ask::<(i32,)>(sqlx::query("SELECT 1").persistent(false)).await;
        }
        for table in tables {
            match self.find_changes(&table).await {
                Ok(changes) => {
                    for change in changes {
                        self.take_in(&table, change).await;
                    }
                }
                Err(error) => warn!(%error, "the leases of subscriptions could not be checked"),
            }
        }
    }

    async fn find_changes(&mut self, table: &LeaseTable) -> Result<Vec<Change>> {
        let held = self.holdings.all(table);
        let (ids, (streams, epochs)): (Vec<_>, (Vec<_>, Vec<_>)) = held
            .map(|(id, held)| (id.get(), (held.stream, held.epoch.get())))
            .unzip();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = table.check().query().bind(ids).bind(streams).bind(epochs);
        self.ask(query).await
    }

    async fn take_in(&mut self, table: &LeaseTable, (id, is_deleted, is_stream_replaced, is_fenced): Change) {
        let id = SubscriptionId::new(id);
        if is_deleted {
            self.lose(table, id, LeaseLoss::SubscriptionDeleted).await;
        } else if is_stream_replaced {
            self.lose(table, id, LeaseLoss::StreamReplaced).await;
        } else if is_fenced {
            self.lose(table, id, LeaseLoss::InDoubt).await;
        } else {
            let lease = self
                .holdings
                .held(table, id)
                .map(|held| LeaseToken { id, epoch: held.epoch });
            // The next question on the connection reports a failure.
            let _ = self.watch_streams(table, lease.as_slice()).await;
        }
    }

    async fn lose(&mut self, table: &LeaseTable, id: SubscriptionId, loss: LeaseLoss) {
        let Some(held) = self.holdings.forget(table, id) else {
            return;
        };
        info!(
            id = id.get(),
            table = &*table.name,
            ?loss,
            "the lease of a subscription ends"
        );
        held.holding.lose(loss);
        self.unlock(table, &[id]).await;
    }

    pub(super) async fn watch(&mut self, table: &LeaseTable, watches: Vec<Watching>) {
        let leases: Vec<_> = watches.iter().map(|watching| watching.lease).collect();
        match self.watch_streams(table, &leases).await {
            Ok(answers) => {
                for Watching { lease, reply, .. } in watches {
                    let answer = answers.get(&lease.id).copied().unwrap_or(StreamWatch::Unknown);
                    // A caller that no longer waits asks again.
                    let _ = reply.send(Ok(answer));
                }
            }
            Err(error) => {
                let mut copies = copies_of(error);
                for watching in watches {
                    let _ = watching.reply.send(Err(copies()));
                }
            }
        }
    }

    /// Remembers the streams that were created since the leases were given. A lease without an answer is locked by another transaction,
    /// or no longer held.
    async fn watch_streams(
        &mut self,
        table: &LeaseTable,
        leases: &[LeaseToken],
    ) -> Result<HashMap<SubscriptionId, StreamWatch>> {
        let query = table
            .statements
            .watch_streams
            .query()
            .bind(leases.iter().map(|lease| lease.id.get()).collect::<Vec<_>>())
            .bind(leases.iter().map(|lease| lease.epoch.get()).collect::<Vec<_>>());
        let mut answers = HashMap::new();
        for (id, is_missing, stream, is_replaced) in self.ask::<(i64, bool, Option<i64>, bool)>(query).await? {
            let id = SubscriptionId::new(id);
            if is_replaced {
                self.lose(table, id, LeaseLoss::StreamReplaced).await;
            } else if is_missing {
                answers.insert(id, StreamWatch::NoStream);
            } else if let (Some(stream), Some(held)) = (stream, self.holdings.held(table, id)) {
                held.stream = Some(stream);
                held.holding.watch_stream();
                answers.insert(id, StreamWatch::Watching);
            }
        }
        Ok(answers)
    }
}
