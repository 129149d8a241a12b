use std::fmt;

use eventstore_core::Timestamp;

use super::inspect::VERSION;
use crate::sql::scripts;

/// A version of an event store's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaVersion {
    /// The version of the Elixir EventStore's tables, kept in `schema_migrations`: major, minor and patch.
    Original(i32, i32, i32),
    /// The version of this library's own tables, kept in `eventstore_schema`.
    Own(i32),
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
            Self::Own(version) => write!(f, "eventstore {version}"),
        }
    }
}

/// A step in the migration history of an event store's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The version to which the step leads.
    pub version: SchemaVersion,
    /// When the step was carried out; `None` if it is pending.
    pub applied_at: Option<Timestamp>,
    /// What the step does, and what it locks meanwhile.
    pub description: &'static str,
}

impl Migration {
    /// Returns whether the step is pending.
    pub fn is_pending(&self) -> bool {
        self.applied_at.is_none()
    }
}

/// A step that this library can take.
pub(super) struct Step {
    pub(super) version: SchemaVersion,
    pub(super) description: &'static str,
    /// What is done before, statement by statement and in no transaction, while the store is used.
    pub(super) beforehand: &'static [&'static str],
    /// What is done in one transaction. Each may be run again where the store is shared: what is there already stays.
    pub(super) scripts: &'static [&'static str],
}

/// The oldest version that is taken over.
pub(super) const FIRST: SchemaVersion = SchemaVersion::Original(0, 17, 0);

/// The steps from the first version on. The notifications are those of the last version from the first step on, so that
/// steps which others have left out can be made up for in any order.
pub(super) const ORIGINAL_STEPS: [Step; 5] = [
    Step {
        version: SchemaVersion::Original(1, 1, 0),
        description: "notifies on a channel of the schema; locks nothing",
        beforehand: &[],
        scripts: &[scripts::CREATE_NOTIFICATION],
    },
    Step {
        version: SchemaVersion::Original(1, 2, 0),
        description: "protects events by triggers and adds streams.deleted_at; \
                      locks streams, events and stream_events for a moment and rewrites none",
        beforehand: &[],
        scripts: &[scripts::ADD_DELETED_AT, scripts::DROP_RULES, scripts::CREATE_PROTECTION],
    },
    Step {
        version: SchemaVersion::Original(1, 3, 0),
        description: "notifies of new streams; locks streams for a moment",
        beforehand: &[],
        scripts: &[scripts::CREATE_NOTIFICATION, scripts::CREATE_NOTIFICATION_TRIGGER],
    },
    Step {
        version: SchemaVersion::Original(1, 3, 2),
        description: "notifies of new streams on every server; locks nothing",
        beforehand: &[],
        scripts: &[scripts::CREATE_NOTIFICATION],
    },
    Step {
        version: SchemaVersion::Own(VERSION),
        description: "protects the tables from TRUNCATE and streams from new names, and adds tables and a column for subscriptions; \
                      locks streams, events, stream_events and subscriptions for a moment",
        beforehand: &[],
        scripts: &ADDITIONS,
    },
];

/// Adds a table without which a store works as before, so that it is of no version: an earlier library works beside it (ADR 62).
pub(super) const STATUS_STEP: Step = Step {
    version: SchemaVersion::Own(VERSION),
    description: "adds a table for what the holders of subscriptions report; locks nothing",
    beforehand: &[],
    scripts: &scripts::ADD_STATUSES,
};

/// Adds tables without which a store works as before, except that it keeps no groups; they are of no version either.
pub(super) const GROUP_STEP: Step = Step {
    version: SchemaVersion::Own(VERSION),
    description: "adds tables for groups that share subscriptions; locks nothing",
    beforehand: &[],
    scripts: &scripts::ADD_GROUPS,
};

/// Adds tables without which a store works as before, except that it keeps no builds of projections; they are of no version either.
pub(super) const PROJECTION_STEP: Step = Step {
    version: SchemaVersion::Own(VERSION),
    description: "adds tables for the builds of managed projections; locks nothing",
    beforehand: &[],
    scripts: &scripts::ADD_PROJECTIONS,
};

/// What this library adds to the tables of the layout original, which are shared with the other library.
pub(super) const ADDITIONS: [&str; 8] = [
    scripts::CREATE_ADDITIONS,
    scripts::PROTECT_NAMES,
    scripts::CREATE_PARKED_EVENTS,
    scripts::CREATE_SUBSCRIPTION_STREAMS,
    scripts::CREATE_SUBSCRIPTION_STATUSES,
    scripts::CREATE_GROUPS,
    scripts::CREATE_PROJECTIONS,
    scripts::ADD_LEASE_EPOCH,
];

/// The steps of the compact layout from its first version on.
pub(super) const COMPACT_STEPS: [Step; 1] = [Step {
    version: SchemaVersion::Own(VERSION),
    description: "compares names byte by byte, protects them and adds a column for leases; builds two unique indexes while the store is used, \
                  then locks streams, snapshots and subscriptions for a moment and rewrites none",
    beforehand: &scripts::INDEX_BY_BYTES,
    scripts: &scripts::TO_VERSION_2,
}];
