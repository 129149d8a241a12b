//! Who runs a subscription: advisory locks on one connection of the process.

mod held;
mod key;
mod locks;
mod session;

pub(crate) use key::lock_key;
pub(crate) use locks::LockSession;

use held::{HeldLease, Holding};
use locks::Command;
use session::Session;
