use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A hard delete, a start beyond the end, or a known fault of the other library explains it.
    Notice,
    /// Nothing that the store does explains it.
    Corruption,
}

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Positions of `$all` that no event has.
    PositionGap,
    /// An event beyond the position at which `$all` stands.
    PositionBeyondHead,
    /// An event of a stream that does not exist.
    Orphan,
    /// The row is missing that says at which position `$all` stands.
    MissingAll,
    /// A position below 1.
    PositionOutOfRange,
    /// A link in a stream that does not exist, or in `$all`.
    UnplacedLink,
    /// A link to an event of the same stream.
    OwnLink,
    /// The next id that the server gives to a stream, or to a subscription, is taken.
    SequenceBehind,
    /// A subscription that has acknowledged less than nothing.
    CheckpointOutOfRange,
    /// A version of a stream that no event has.
    VersionGap,
    /// A version that nothing has, of a stream that holds links or held nothing else.
    LinkGap,
    /// A link to an event that does not exist, or that says where the event does not stand.
    BrokenLink,
    /// An event beyond the version at which its stream stands.
    VersionBeyondHead,
    /// A stream that stands at a version that none of its events has.
    MissingEvents,
    /// An event that stands in no stream: the other library leaves it behind when an append meets a hard delete.
    UnplacedEvent,
    /// An event of a stream whose position is not after that of the event before.
    OutOfOrder,
    /// A subscription that has acknowledged more events than there are.
    CheckpointBeyondHead,
    /// A time that cannot be read: `infinity`, or outside the years 0000 to 9999.
    UnreadableTime,
    /// A stream, subscription or snapshot whose key another one has as well: its unique index has lost one of them.
    DuplicateKey,
    /// A stream that is not found by its name: the index on names is broken.
    LostKey,
    /// Events in a store whose `$all` is empty: data was restored into a store that was initialized before.
    LogMissing,
}

impl FindingKind {
    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::PositionGap | Self::LinkGap | Self::UnplacedEvent | Self::CheckpointBeyondHead => Severity::Notice,
            _ => Severity::Corruption,
        }
    }

    /// Its name for machines, in snake case.
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

/// Something that is not as it should be, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
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
