use eventstore_core::{BegunProjection, Error, EventNumber, ProjectionStep, Result};
use sqlx::PgConnection;

use crate::connection::Attempts;
use crate::error::{damaged, reading};
use crate::statements::Statements;
use crate::{PostgresStore, PostgresTransaction};

impl PostgresStore {
    pub(crate) async fn begin_projection(&self, step: ProjectionStep) -> Result<BegunProjection<PostgresTransaction>> {
        if step.to < step.from {
            return Err(Error::invalid_input("step", "it ends before it begins"));
        }
        let mut attempts = Attempts::new(true);
        loop {
            let mut transaction = self.begin().await?;
            let moved =
                async |connection: &mut PgConnection| Ok(move_checkpoint(connection, self.statements(), step).await);
            let attempt = transaction.run(moved).await.map_err(reading).flatten();
            let Some(moved) = attempts.judge(attempt).await? else {
                continue;
            };
            if let Moved::Elsewhere(stored) = moved {
                transaction.rollback().await?;
                return Ok(stored.map_or(BegunProjection::SubscriptionGone, BegunProjection::Elsewhere));
            }
            return Ok(BegunProjection::Begun(transaction));
        }
    }
}

enum Moved {
    ToTheEnd,
    /// The checkpoint that stands instead, if there is a subscription.
    Elsewhere(Option<EventNumber>),
}

/// `None` if the checkpoint moved between the snapshot and the update.
async fn move_checkpoint(
    connection: &mut PgConnection,
    statements: &Statements,
    step: ProjectionStep,
) -> Result<Option<Moved>> {
    let query = statements
        .begin_step
        .query_as::<(Option<i64>, Option<i64>)>()
        .bind(step.id.get())
        .bind(step.from.as_i64())
        .bind(step.to.as_i64());
    match query.fetch_one(connection).await.map_err(reading)? {
        (Some(_), _) => Ok(Some(Moved::ToTheEnd)),
        (None, Some(stored)) if stored == step.from.as_i64() => Ok(None),
        (None, stored) => {
            let stored = stored.map(EventNumber::try_from).transpose().map_err(damaged)?;
            Ok(Some(Moved::Elsewhere(stored)))
        }
    }
}
