use std::collections::{HashSet, VecDeque};

use super::{AppendGroup, QueuedAppend};
use crate::StreamName;

/// Parts of groups that failed as a whole, in the order in which they are to run.
#[derive(Debug, Default)]
pub(super) struct Parts(VecDeque<AppendGroup>);

impl Parts {
    pub(super) fn push_front(&mut self, part: AppendGroup) {
        self.0.push_front(part);
    }

    /// Takes the first part of which no stream is busy or in an earlier part.
    pub(super) fn pop(&mut self, is_busy: impl Fn(&StreamName) -> bool) -> Option<AppendGroup> {
        let mut before = HashSet::new();
        let next = self.0.iter().position(|part| {
            // A part that is passed over also blocks the parts behind it that share a stream with it, because their
            // appends arrived later.
            let is_free = !part.streams().any(|stream| is_busy(stream) || before.contains(stream));
            before.extend(part.streams());
            is_free
        })?;
        self.0.remove(next)
    }

    /// Takes the wanted appends to a stream, and returns how many parts have no append to it any more.
    pub(super) fn take(
        &mut self,
        stream: &StreamName,
        is_wanted: impl Fn(&QueuedAppend) -> bool,
    ) -> (Vec<QueuedAppend>, usize) {
        let (mut taken, mut left) = (Vec::new(), 0);
        for part in self.0.iter_mut().filter(|part| is_in(stream, part)) {
            let wanted = |queued: &mut QueuedAppend| queued.append().stream() == stream && is_wanted(queued);
            taken.extend(part.appends.extract_if(.., wanted));
            left += usize::from(!is_in(stream, part));
        }
        self.0.retain(|part| !part.appends.is_empty());
        (taken, left)
    }
}

fn is_in(stream: &StreamName, part: &AppendGroup) -> bool {
    part.streams().any(|other| other == stream)
}
