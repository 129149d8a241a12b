use eventstore_core::backend::{BegunProjection, ProjectionStep};
use eventstore_core::{Error, Result};

use super::checkpoints::{Claim, claim, move_checkpoint};
use crate::connection::{Database, SqliteTransaction};

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
        match claim(&mut transaction, step.lease).await? {
            Claim::Gone => Ok(BegunProjection::SubscriptionGone),
            Claim::Fenced => Ok(BegunProjection::Fenced),
            Claim::Latest(stored) if stored != step.from => Ok(BegunProjection::Elsewhere(stored)),
            Claim::Latest(_) => {
                move_checkpoint(&mut transaction, step.lease.id, step.to).await?;
                Ok(BegunProjection::Begun(transaction))
            }
        }
    }
}
