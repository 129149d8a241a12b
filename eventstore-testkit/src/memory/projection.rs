use eventstore_core::backend::{BegunProjection, ProjectionStep};
use eventstore_core::{Error, Result};

use super::state::State;
use super::subscriptions::Claim;

/// A projection step that has begun; committing it moves the checkpoint.
#[derive(Debug)]
pub struct MemoryTransaction {
    step: ProjectionStep,
    effects: Vec<u32>,
}

impl MemoryTransaction {
    /// Makes an effect of the projection: this number is kept when the step is committed.
    pub fn make_effect(&mut self, effect: u32) {
        self.effects.push(effect);
    }
}

impl State {
    pub(super) fn begin_step(&mut self, step: ProjectionStep) -> Result<BegunProjection<MemoryTransaction>> {
        if step.to < step.from {
            return Err(Error::invalid_input("step", "it ends before it begins"));
        }
        Ok(match self.claim(step.lease) {
            Claim::Gone => BegunProjection::SubscriptionGone,
            Claim::Fenced => BegunProjection::Fenced,
            Claim::Latest(record) if record.checkpoint != step.from => BegunProjection::Elsewhere(record.checkpoint),
            Claim::Latest(_) => BegunProjection::Begun(MemoryTransaction {
                step,
                effects: Vec::new(),
            }),
        })
    }

    pub(super) fn commit_step(&mut self, transaction: &MemoryTransaction) -> Result<()> {
        let step = transaction.step;
        match self.claim(step.lease) {
            Claim::Latest(record) if record.checkpoint == step.from => {
                record.checkpoint = step.to;
                self.effects.extend(&transaction.effects);
                Ok(())
            }
            _ => Err(Error::Aborted {
                source: "the checkpoint was moved, or the lease lost, since the step began".into(),
            }),
        }
    }
}
