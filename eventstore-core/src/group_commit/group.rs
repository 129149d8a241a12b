use std::sync::Arc;

use crate::{Append, StreamName};

/// Names a submitted append; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// Names a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupId(pub(super) u64);

/// Whether a transaction may wait for the locks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// It must not, as others wait for it.
    Prompt,
    /// It may, as nobody else waits for it.
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
    /// The name by which it was submitted.
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// What is to be appended.
    pub fn append(&self) -> &Append {
        &self.append
    }

    /// In how many groups it has been, this one included.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The same, to be tried again in a group that may wait for the lock of its stream.
    #[must_use]
    pub fn patiently(self) -> Self {
        Self {
            patience: Patience::Patient,
            ..self
        }
    }

    /// Whether the answer to one is the answer to both: any version will do, of a stream that exists or may be created.
    pub(super) fn folds_with(&self, other: &Self) -> bool {
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
    /// Its name.
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// Whether it may wait for the locks of others; a patient group holds one append.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// The appends, those to one stream next to each other in the order of their arrival; never empty.
    pub fn appends(&self) -> &[QueuedAppend] {
        &self.appends
    }

    /// The appends, stream by stream. Those to one stream expect the same of it: one after the other, or none.
    pub fn folds(&self) -> impl Iterator<Item = &[QueuedAppend]> {
        self.appends
            .chunk_by(|one, next| one.append().stream() == next.append().stream())
    }

    /// The streams of the appends, each once.
    pub(super) fn streams(&self) -> impl Iterator<Item = &StreamName> {
        self.folds().filter_map(|fold| Some(fold.first()?.append().stream()))
    }

    /// Gives the appends back in two halves, to find the one at fault.
    pub fn into_halves(self) -> Vec<Vec<QueuedAppend>> {
        let mut front = self.appends;
        let back = front.split_off(front.len() / 2);
        vec![front, back]
    }

    /// Gives the appends back.
    pub fn into_appends(self) -> Vec<QueuedAppend> {
        self.appends
    }
}
