/// How much a [`LocalServer`](super::LocalServer) does for data to survive a crash of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The server's defaults: a commit waits for the disk. For measurements and crash tests.
    Full,
    /// A commit waits for nothing. For tests, whose data nobody wants back.
    #[default]
    Relaxed,
}

impl Durability {
    pub(super) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Full => &[],
            Self::Relaxed => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        }
    }
}
