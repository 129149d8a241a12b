use std::fmt;

/// What became of a migration to another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutMigration {
    /// The store has the layout from now on.
    Migrated {
        /// So many events were taken over.
        events: u64,
        /// So many links were taken over.
        links: u64,
        /// So many events were left in the former tables, since they stand in no stream.
        left_out: u64,
        /// So many findings of the verification are explained by hard deletes or by known faults of the other library.
        notices: u64,
    },
    /// The store had the layout before; nothing was done.
    AlreadyDone,
}

/// A part of a migration to another layout, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayoutStage {
    /// Events are copied, in the order of `$all`.
    Events,
    /// The places of events in streams are looked through, and links are copied.
    Links,
    /// Indexes are made.
    Indexes,
    /// The copies are verified.
    Verification,
}

impl LayoutStage {
    /// What is counted in it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events copied",
            Self::Links => "places in streams looked at",
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

/// What happens during a migration to another layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayoutProgress {
    /// A stage begins.
    Began {
        /// The stage.
        stage: LayoutStage,
        /// How many steps it has, about; gaps are counted as well.
        total: u64,
    },
    /// So many more steps of the stage are done, also by an earlier attempt.
    Advanced(u64),
}
