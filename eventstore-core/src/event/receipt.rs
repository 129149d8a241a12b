use crate::{Error, Position, Result, StreamName, StreamVersion};

/// The versions and positions of the events of one append: consecutive, both in their stream and in `$all`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AppendReceipt {
    /// The stream appended to.
    pub stream: StreamName,
    /// The version of the first event.
    pub first_version: StreamVersion,
    /// The version of the last event, which was the stream's version just after the append.
    pub last_version: StreamVersion,
    /// The position of the first event in `$all`.
    pub first_position: Position,
    /// The position of the last event in `$all`.
    pub last_position: Position,
    /// Whether an earlier attempt had stored the events.
    pub is_deduplicated: bool,
}

impl AppendReceipt {
    /// Returns how many events were appended.
    pub fn count(&self) -> u64 {
        self.last_position.distance_from(self.first_position) + 1
    }

    /// Creates the receipt for `count` events that follow `version` in their stream and `position` in `$all`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `events` if a number would be beyond `i64::MAX`.
    pub fn following(stream: StreamName, version: StreamVersion, position: Position, count: u64) -> Result<Self> {
        let too_many = |error| Error::invalid_input("events", &error);
        Ok(Self {
            stream,
            first_version: version.next(),
            last_version: version.after(count).map_err(too_many)?,
            first_position: position.next(),
            last_position: position.after(count).map_err(too_many)?,
            is_deduplicated: false,
        })
    }
}
