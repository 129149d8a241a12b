//! What the store is compared with: fixed SQL on its tables, never a statement of its own.

mod bare_commits;
mod bare_loop;
mod copy;
mod original_append;
mod original_read;
mod original_start;

pub(crate) use self::bare_commits::BareCommits;
pub(crate) use self::bare_loop::BareLoop;
pub(crate) use self::copy::CopyOfAll;
pub(crate) use self::original_append::OriginalAppend;
pub(crate) use self::original_read::OriginalRead;
pub(crate) use self::original_start::OriginalStart;

/// Appends, reads and starts subscriptions in the original's way.
pub(crate) const L0: &str = "L0";

/// A bare loop of prepared statements on one connection.
pub(crate) const L1: &str = "L1";

/// A bare copy of all events.
pub(crate) const L2: &str = "L2";

/// Commits of one row on one connection.
pub(crate) const L3: &str = "L3";

/// Our own appends, without a subscriber.
pub(crate) const L4: &str = "L4";

/// The names by which a human may know them.
pub(crate) fn title(name: &str) -> Option<&'static str> {
    match name {
        L0 => Some("the original's way"),
        L1 => Some("bare loop, one connection"),
        L2 => Some("binary copy"),
        L3 => Some("commits of one row"),
        L4 => Some("the append alone"),
        _ => None,
    }
}
