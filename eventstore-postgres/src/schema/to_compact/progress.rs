use std::fmt;

/// The outcome of a migration to another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutMigration {
    /// The store has been moved to the layout.
    Migrated {
        /// The number of events that were moved.
        events: u64,
        /// The number of links that were moved.
        links: u64,
        /// The number of events that were left in the original tables because they are in no stream.
        left_out: u64,
        /// The number of verification findings that hard deletes or known faults of the other library explain.
        notices: u64,
    },
    /// The store already had the layout; nothing was done.
    AlreadyDone,
}

/// A stage of a migration to another layout; the variants are in the order of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutStage {
    /// Events are copied, in the order of `$all`.
    Events,
    /// The places of events in streams are scanned, and links are copied.
    Links,
    /// Indexes are built.
    Indexes,
    /// The copies are verified.
    Verification,
}

impl LayoutStage {
    /// Returns what the stage counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events copied",
            Self::Links => "places in streams examined",
            Self::Indexes => "indexes",
            Self::Verification => "entries verified",
        }
    }
}

impl fmt::Display for LayoutStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A progress report of a migration to another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayoutProgress {
    /// A stage begins.
    Began {
        /// The stage.
        stage: LayoutStage,
        /// The approximate number of steps in the stage; gaps are counted as well.
        total: u64,
    },
    /// This many more steps of the stage are done, including steps done by an earlier attempt.
    Advanced(u64),
}
