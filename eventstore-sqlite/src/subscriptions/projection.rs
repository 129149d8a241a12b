use eventstore_core::backend::{BegunProjection, ProjectionStep};
use eventstore_core::{Error, Result};

use super::checkpoints::Claim;
use crate::connection::{Database, SqliteTransaction};
use crate::error::failed;
use crate::sql;

impl Database {
    /// Moves the checkpoint in a transaction that the projection commits with what it writes. No other lease is given meanwhile, because no
    /// one else can write.
    pub(crate) async fn begin_projection_step(
        &self,
        step: ProjectionStep,
    ) -> Result<BegunProjection<SqliteTransaction>> {
        if step.to < step.from {
            return Err(Error::invalid_input("step", "it ends before it begins"));
        }
        let mut transaction = self.begin_step().await?;
        let found = sqlx::query_as(sql::FIND_CHECKPOINT)
            .bind(step.lease.id.get())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        match Claim::of(step.lease, found)? {
            Claim::Gone => Ok(BegunProjection::SubscriptionGone),
            Claim::Fenced => Ok(BegunProjection::Fenced),
            Claim::Latest(stored) if stored != step.from => Ok(BegunProjection::Elsewhere(stored)),
            Claim::Latest(_) => {
                sqlx::query(sql::MOVE_CHECKPOINT)
                    .bind(step.lease.id.get())
                    .bind(step.to.as_i64())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                Ok(BegunProjection::Begun(transaction))
            }
        }
    }
}
