use eventstore_core::backend::{BegunProjection, ProjectionStep};
use eventstore_core::{Error, EventNumber, Result};
use sqlx::PgConnection;

use crate::connection::{Attempts, PooledSessions, PostgresTransaction};
use crate::error::{damaged, reading};
use crate::subscriptions::lease::{Range, StoreLocks};

/// Moves checkpoints in transactions that projections commit with what they write.
pub(crate) struct Projections<'s> {
    pub(crate) sessions: &'s PooledSessions,
    pub(crate) locks: &'s StoreLocks,
}

impl Projections<'_> {
    pub(crate) async fn begin(&self, step: ProjectionStep) -> Result<BegunProjection<PostgresTransaction>> {
        if step.to < step.from {
            return Err(Error::invalid_input("step", "it ends before it begins"));
        }
        let locks = self.locks;
        loop {
            let range = locks.attempt(step.lease, step.to);
            let begun = self.begin_within(step, range).await;
            match begun {
                // The row held `from`. `to` remains an attempt, because the caller may commit at any time and only the
                // row tells.
                Ok(BegunProjection::Begun(_)) => locks.confirm(step.lease, step.from),
                // Whatever became of the transaction, it was not committed.
                _ => locks.withdraw(step.lease, step.to),
            }
            // What the same holder has stored at the same time is not another one's.
            let is_own = matches!(begun, Ok(BegunProjection::Fenced)) && locks.range(step.lease) != range;
            if !is_own {
                return begun;
            }
        }
    }

    async fn begin_within(&self, step: ProjectionStep, range: Range) -> Result<BegunProjection<PostgresTransaction>> {
        let mut attempts = Attempts::new(true);
        loop {
            let mut transaction = self.sessions.begin().await?;
            let moved = async |connection: &mut PgConnection| Ok(self.move_checkpoint(connection, step, range).await);
            let attempt = transaction.run(moved).await.map_err(reading).flatten();
            let Some(moved) = attempts.judge(attempt).await? else {
                continue;
            };
            if let Some(refused) = moved {
                transaction.rollback().await?;
                return Ok(refused);
            }
            return Ok(BegunProjection::Begun(transaction));
        }
    }

    /// Why it was not moved, if it was not; no answer at all if it moved between the snapshot and the update.
    async fn move_checkpoint(
        &self,
        connection: &mut PgConnection,
        step: ProjectionStep,
        range: Range,
    ) -> Result<Option<Refusal>> {
        let context = self.sessions.context();
        let sql = if context.tables.has_additions {
            &context.statements.begin_step
        } else {
            &context.statements.begin_step_without_additions
        };
        let query = sql
            .query_as::<(Option<i64>, Option<i64>, Option<bool>)>()
            .bind(step.lease.id.get())
            .bind(step.from.as_i64())
            .bind(step.to.as_i64())
            .bind(step.lease.epoch.get())
            .bind(range.lowest)
            .bind(range.highest);
        let (moved, stored, is_latest) = query.fetch_one(connection).await.map_err(reading)?;
        let stored = match (moved, stored) {
            (Some(_), _) => return Ok(Some(None)),
            (None, None) => return Ok(Some(Some(BegunProjection::SubscriptionGone))),
            (None, Some(stored)) => EventNumber::try_from(stored).map_err(damaged)?,
        };
        Ok(match is_latest {
            Some(true) if stored == step.from => None,
            Some(true) => Some(Some(BegunProjection::Elsewhere(stored))),
            _ => Some(Some(BegunProjection::Fenced)),
        })
    }
}

/// What a step is answered that does not begin.
type Refusal = Option<BegunProjection<PostgresTransaction>>;
