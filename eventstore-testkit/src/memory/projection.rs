use eventstore_core::{BegunProjection, Error, EventNumber, ProjectionStep, Result};

use super::state::State;

/// A step of a projection that has begun: it moves the checkpoint when it is committed.
#[derive(Debug)]
pub struct MemoryTransaction {
    step: ProjectionStep,
}

impl State {
    pub(super) fn begin_step(&mut self, step: ProjectionStep) -> Result<BegunProjection<MemoryTransaction>> {
        if step.to < step.from {
            return Err(Error::invalid_input("step", "it ends before it begins"));
        }
        Ok(match self.checkpoint_of(step) {
            None => BegunProjection::SubscriptionGone,
            Some(stored) if stored != step.from => BegunProjection::Elsewhere(stored),
            Some(_) => BegunProjection::Begun(MemoryTransaction { step }),
        })
    }

    pub(super) fn commit_step(&mut self, transaction: &MemoryTransaction) -> Result<()> {
        let step = transaction.step;
        match self.record_mut(step.id) {
            Some(record) if record.checkpoint == step.from => {
                record.checkpoint = step.to;
                Ok(())
            }
            _ => Err(Error::Aborted {
                source: "the checkpoint was moved since the step began".into(),
            }),
        }
    }

    fn checkpoint_of(&mut self, step: ProjectionStep) -> Option<EventNumber> {
        self.record_mut(step.id).map(|record| record.checkpoint)
    }
}
