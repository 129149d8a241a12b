//! Decides which process runs a subscription: advisory locks on one connection of each process (ADR 23, ADR 40).

mod acquiring;
mod checking;
mod command;
mod held_lease;
mod held_lock;
mod holdings;
mod in_hand;
mod key;
mod lock_connection;
mod owner;
mod room;
mod shared_locks;
mod store_locks;
mod table;
mod written;

pub(crate) use key::lock_key;
pub use room::LockTableFull;
pub(crate) use shared_locks::SharedLocks;
pub(crate) use store_locks::StoreLocks;
pub(crate) use written::Range;

use command::{Acquisition, Command, Watching, by_table, refuse};
use held_lease::{HeldLease, LeaseOwner, Release};
use held_lock::HeldLock;
use in_hand::InHand;
use owner::LockOwner;
use room::Room;
use table::LeaseTable;
use written::Written;
