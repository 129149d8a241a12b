//! Who runs a subscription: advisory locks on one connection of the process.

mod held;
mod in_hand;
mod key;
mod locks;
mod session;
mod written;

pub(crate) use key::lock_key;
pub(crate) use locks::LockSession;
pub(crate) use written::Range;

use held::{HeldLease, Holding};
use in_hand::InHand;
use locks::Command;
use session::Session;
use written::Written;
