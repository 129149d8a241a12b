/// How well a throw-away server's data survives a crash of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The server's defaults: a commit waits for the disk. For measurements and crash tests.
    Full,
    /// A commit waits for nothing. For tests, whose data no one needs afterwards.
    #[default]
    Relaxed,
}

/// Room for tests that run at once, and for those of two-phase commits.
const ROOM: [&str; 2] = ["max_connections=200", "max_prepared_transactions=20"];

/// Nothing waits for a disk, and copies of databases are not logged.
const RELAXED: [&str; 6] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
];

impl Durability {
    /// The settings of a server, in the form `name=value`.
    pub(super) fn settings(self) -> Vec<&'static str> {
        match self {
            Self::Full => ROOM.to_vec(),
            Self::Relaxed => [&ROOM[..], &RELAXED].concat(),
        }
    }
}
