//! Decides which process runs a subscription: advisory locks on one connection of each process (ADR 23, ADR 40).

mod command;
mod held;
mod in_hand;
mod key;
mod locks;
mod room;
mod session;
mod shared_locks;
mod table;
mod written;

pub(crate) use key::lock_key;
pub(crate) use locks::LockSession;
pub use room::LockTableFull;
pub(crate) use shared_locks::SharedLocks;
pub(crate) use written::Range;

use command::{Acquisition, Command, Release, Watching, by_table, refuse};
use held::{HeldLease, HeldLock};
use in_hand::InHand;
use room::Room;
use session::Session;
use table::LeaseTable;
use written::Written;
