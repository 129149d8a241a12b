use std::fmt;

use uuid::Uuid;

/// The id of a member of a group; each membership has its own, also if one process enters twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MemberId(Uuid);

impl MemberId {
    /// Creates an id from a UUID that no member had before.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Returns the id as a UUID.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
