use std::collections::{HashSet, VecDeque};

use super::{GroupLimits, Patience, QueuedAppend, Size};
use crate::EventId;

/// The result of offering a queue of appends to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// An id of the first append is already in the group.
    Clashes,
    /// The first append no longer fits.
    Full,
}

/// A group being filled.
pub(super) struct GroupBuilder {
    limits: GroupLimits,
    pub(super) appends: Vec<QueuedAppend>,
    ids: HashSet<EventId>,
    size: Size,
}

impl GroupBuilder {
    pub(super) fn new(limits: GroupLimits) -> Self {
        Self {
            limits,
            appends: Vec::new(),
            ids: HashSet::new(),
            size: Size::default(),
        }
    }

    /// Takes the first append, and the appends after it that can be folded into it.
    pub(super) fn take_from(&mut self, waiting: &mut VecDeque<QueuedAppend>) -> Verdict {
        let mut verdict = Verdict::Full;
        while let Some(next) = waiting.front() {
            let is_first = verdict != Verdict::Taken;
            if !is_first && !self.can_fold(next) {
                break;
            }
            match self.fits(next) {
                Verdict::Taken => verdict = Verdict::Taken,
                refused if is_first => return refused,
                _ => break,
            }
            self.size += Size::of(next.append());
            self.ids.extend(next.append().event_ids());
            self.appends.extend(waiting.pop_front());
        }
        verdict
    }

    fn can_fold(&self, next: &QueuedAppend) -> bool {
        // A patient append waits for a lock. In a prompt group, all other callers would wait with it.
        next.patience == Patience::Prompt && self.appends.last().is_some_and(|last| last.folds_with(next))
    }

    fn fits(&self, next: &QueuedAppend) -> Verdict {
        let size = self.size + Size::of(next.append());
        // An append that is larger than the limits fits into an empty group, because no other group would ever take it.
        if !self.appends.is_empty() && !size.is_within(&self.limits) {
            Verdict::Full
        } else if next.append().event_ids().any(|id| self.ids.contains(&id)) {
            Verdict::Clashes
        } else {
            Verdict::Taken
        }
    }
}
