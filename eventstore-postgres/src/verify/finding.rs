use std::fmt;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A hard delete, a start beyond the end, or a known fault of the other library explains it.
    Notice,
    /// Nothing that the store does explains it.
    Corruption,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Positions of `$all` that hold no event.
    PositionGap,
    /// An event beyond the head position of `$all`.
    PositionBeyondHead,
    /// An event of a stream that does not exist.
    Orphan,
    /// The row that holds the head position of `$all` is missing.
    MissingAll,
    /// A position below 1.
    PositionOutOfRange,
    /// A link in a stream that does not exist, or in `$all`.
    UnplacedLink,
    /// A link to an event of the same stream.
    OwnLink,
    /// The next id that the server will give to a stream or a subscription is already in use.
    SequenceBehind,
    /// A subscription whose checkpoint is negative.
    CheckpointOutOfRange,
    /// A version of a stream that holds no event.
    VersionGap,
    /// A version that holds nothing, in a stream that holds links or held nothing else.
    LinkGap,
    /// A link to an event that does not exist, or that names a place where the event is not stored.
    BrokenLink,
    /// An event beyond its stream's version.
    VersionBeyondHead,
    /// A stream whose version belongs to none of its events.
    MissingEvents,
    /// An event in no stream: the other library leaves it behind when an append meets a hard delete.
    UnplacedEvent,
    /// An event of a stream whose position is not after that of the previous event.
    OutOfOrder,
    /// A subscription whose checkpoint is beyond the last event.
    CheckpointBeyondHead,
    /// A time that cannot be read: `infinity`, or outside the years 0000 to 9999.
    UnreadableTime,
    /// A stream, subscription or snapshot whose key another one has as well: their unique index lacks one of them.
    DuplicateKey,
    /// A stream that is not found by its name: the index on names is broken.
    LostKey,
    /// Events in a store whose `$all` is empty: data was restored into a store that was already initialized.
    LogMissing,
}

impl FindingKind {
    /// Returns the severity of this kind.
    pub fn severity(self) -> Severity {
        match self {
            Self::PositionGap | Self::LinkGap | Self::UnplacedEvent | Self::CheckpointBeyondHead => Severity::Notice,
            _ => Severity::Corruption,
        }
    }

    /// Returns the machine-readable name, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PositionGap => "position_gap",
            Self::PositionBeyondHead => "position_beyond_head",
            Self::Orphan => "orphan",
            Self::MissingAll => "missing_all",
            Self::PositionOutOfRange => "position_out_of_range",
            Self::UnplacedLink => "unplaced_link",
            Self::OwnLink => "own_link",
            Self::SequenceBehind => "sequence_behind",
            Self::CheckpointOutOfRange => "checkpoint_out_of_range",
            Self::VersionGap => "version_gap",
            Self::LinkGap => "link_gap",
            Self::BrokenLink => "broken_link",
            Self::VersionBeyondHead => "version_beyond_head",
            Self::MissingEvents => "missing_events",
            Self::UnplacedEvent => "unplaced_event",
            Self::OutOfOrder => "out_of_order",
            Self::CheckpointBeyondHead => "checkpoint_beyond_head",
            Self::UnreadableTime => "unreadable_time",
            Self::DuplicateKey => "duplicate_key",
            Self::LostKey => "lost_key",
            Self::LogMissing => "log_missing",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fault of the store, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The kind of fault.
    pub kind: FindingKind,
    /// Where it is: a stream and a version, a position, or a subscription.
    pub location: String,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, location: String) -> Self {
        Self {
            severity: kind.severity(),
            kind,
            location,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Notice => "notice",
            Severity::Corruption => "corruption",
        };
        write!(f, "{severity}: {} at {}", self.kind, self.location)
    }
}
