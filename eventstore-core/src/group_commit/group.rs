use std::sync::Arc;

use crate::{Append, StreamName};

/// Identifies a submitted append; later tickets are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// Identifies a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupId(pub(super) u64);

/// Whether a transaction may wait for the locks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// The transaction must not wait, because others wait for it.
    Prompt,
    /// The transaction may wait, because no one else waits for it.
    Patient,
}

/// An append that waits for its transaction, or is in it.
#[derive(Debug, Clone)]
pub struct QueuedAppend {
    pub(super) ticket: Ticket,
    pub(super) append: Arc<Append>,
    pub(super) attempts: u32,
    pub(super) patience: Patience,
}

impl QueuedAppend {
    /// Returns the ticket under which the append was submitted.
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Returns the append.
    pub fn append(&self) -> &Append {
        &self.append
    }

    /// Returns the append, for work that may outlast the group.
    pub fn to_shared(&self) -> Arc<Append> {
        Arc::clone(&self.append)
    }

    /// Returns in how many groups the append has been, including the current one.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the same append, to be retried in a group that may wait for the lock of its stream.
    #[must_use]
    pub fn patiently(self) -> Self {
        Self {
            patience: Patience::Patient,
            ..self
        }
    }

    /// Whether the answer to one append is the answer to both: any version will do, of a stream that exists or may be created.
    pub(super) fn folds_with(&self, other: &Self) -> bool {
        // Of two appends that require the same version, the first makes the second fail, so they need two answers.
        let (one, other) = (self.append(), other.append());
        one.stream() == other.stream()
            && one.expected() == other.expected()
            && one.expected().required_version().is_none()
    }
}

/// Appends that are committed together, each with an outcome of its own.
#[derive(Debug)]
pub struct AppendGroup {
    pub(super) id: GroupId,
    pub(super) patience: Patience,
    pub(super) appends: Vec<QueuedAppend>,
}

impl AppendGroup {
    /// Returns the group's id.
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// Whether the group may wait for the locks of others; a patient group holds one append.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Returns the appends; never empty. Appends to one stream are next to each other, in the order of their arrival.
    pub fn appends(&self) -> &[QueuedAppend] {
        &self.appends
    }

    /// Returns the appends stream by stream.
    ///
    /// Appends to one stream have the same expected version: the store accepts them one after another, or none of them.
    pub fn folds(&self) -> impl Iterator<Item = &[QueuedAppend]> {
        self.appends
            .chunk_by(|one, next| one.append().stream() == next.append().stream())
    }

    /// The streams of the appends, each once.
    pub(super) fn streams(&self) -> impl Iterator<Item = &StreamName> {
        self.folds().filter_map(|fold| Some(fold.first()?.append().stream()))
    }

    /// Splits the group's appends into two halves, to find the one at fault.
    pub fn into_halves(self) -> Vec<Vec<QueuedAppend>> {
        let mut front = self.appends;
        let back = front.split_off(front.len() / 2);
        vec![front, back]
    }

    /// Returns the group's appends.
    pub fn into_appends(self) -> Vec<QueuedAppend> {
        self.appends
    }
}
