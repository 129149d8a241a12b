//! Who runs a subscription: advisory locks on one connection of the process.

mod held;
mod key;
mod locks;
mod session;
mod written;

pub(crate) use key::lock_key;
pub(crate) use locks::LockSession;
pub(crate) use written::Range;

use held::{HeldLease, Holding};
use locks::Command;
use session::Session;
use written::Written;
